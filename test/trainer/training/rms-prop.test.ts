import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { RmsProp } from '../../../trainer/training/rms-prop.ts';
import { backends } from '../../support/backends.ts';

describe.each(backends)('RMSProp on %s', (backend) => {
  test('starts with a mean square of one', async () => {
    await tf.setBackend(backend);
    const weights = tf.variable(tf.tensor1d([1, 1]));
    const optimizer = new RmsProp(new Map([['a', weights]]), 0.9, 10);
    const gradients = new Map([['a', tf.tensor1d([2, -0.5])]]);
    optimizer.apply(gradients, 0.1);
    const first = [0.9 + 0.1 * 4, 0.9 + 0.1 * 0.25] as const;
    const once = [1 - 0.2 / Math.sqrt(first[0]), 1 + 0.05 / Math.sqrt(first[1])] as const;
    weights.dataSync().forEach((value, i) => expect(value).toBeCloseTo(once[i] as number, 6));
    optimizer.apply(gradients, 0.1);
    const second = [0.9 * first[0] + 0.4, 0.9 * first[1] + 0.025] as const;
    const twice = [
      once[0] - 0.2 / Math.sqrt(second[0]),
      once[1] + 0.05 / Math.sqrt(second[1]),
    ] as const;
    weights.dataSync().forEach((value, i) => expect(value).toBeCloseTo(twice[i] as number, 6));
  });

  test('clips after the update, and wants every gradient', async () => {
    await tf.setBackend(backend);
    const variables = new Map<string, tf.Variable>([
      ['a', tf.variable(tf.tensor1d([1, 0.25]))],
      ['b', tf.variable(tf.scalar(-5))],
    ]);
    const optimizer = new RmsProp(variables, 0.9, 0.5);
    const a = tf.zeros([2]);
    expect(() => optimizer.apply(new Map([['a', a]]), 0.1)).toThrow(/does not reach b/);
    optimizer.apply(
      new Map<string, tf.Tensor>([
        ['a', a],
        ['b', tf.scalar(0)],
      ]),
      0.1,
    );
    expect([...(variables.get('a')?.dataSync() ?? [])]).toEqual([0.5, 0.25]);
    expect(variables.get('b')?.dataSync()[0]).toBe(-0.5);
  });
});

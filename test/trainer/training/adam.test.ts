import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { Adam, type EpsilonPlace } from '../../../trainer/training/adam.ts';
import { gradientsByName } from '../../../trainer/training/gradients.ts';
import { backends } from '../../support/backends.ts';

describe.each(backends)('Adam on %s', (backend) => {
  test('makes the same updates as tf.train.adam', async () => {
    await tf.setBackend(backend);
    const ours = tf.variable(tf.tensor1d([1, -2, 3]));
    const theirs = tf.variable(tf.tensor1d([1, -2, 3]));
    const variables = new Map([['w', ours]]);
    const adam = new Adam(variables, 0.9, 0.99);
    const reference = tf.train.adam(0.05, 0.9, 0.99, 1e-8);
    const loss = (w: tf.Tensor): tf.Scalar => tf.sum(tf.square(tf.sub(w, 0.5)));
    for (let i = 0; i < 10; i++) {
      adam.apply(gradientsByName(() => loss(ours), variables).gradients, 0.05);
      reference.minimize(() => loss(theirs), false, [theirs]);
    }
    const [a, b] = [ours.dataSync(), theirs.dataSync()];
    a.forEach((value, i) => expect(value).toBeCloseTo(b[i] as number, 5));
  });

  test('moves variables of several shapes as if each were alone', async () => {
    await tf.setBackend(backend);
    const together = new Map<string, tf.Variable>([
      ['a', tf.variable(tf.tensor2d([[1, 2]]))],
      ['b', tf.variable(tf.scalar(3))],
    ]);
    const alone = new Map<string, tf.Variable>([['b', tf.variable(tf.scalar(3))]]);
    const b = new Map([['b', tf.scalar(2)]]);
    const both = new Map<string, tf.Tensor>([['a', tf.tensor2d([[1, -1]])], ...b]);
    const adam = new Adam(together, 0.5, 0.9);
    const other = new Adam(alone, 0.5, 0.9);
    for (let i = 0; i < 3; i++) {
      adam.apply(both, 0.1);
      other.apply(b, 0.1);
    }
    expect(together.get('a')?.shape).toEqual([1, 2]);
    expect([...(together.get('a')?.dataSync() ?? [])].map(Math.fround)).toEqual(
      [0.7, 2.3].map((value) => expect.closeTo(value, 5)),
    );
    expect(together.get('b')?.dataSync()[0]).toBe(alone.get('b')?.dataSync()[0]);
  });

  test('takes epsilon where TensorFlow 1 does', async () => {
    await tf.setBackend(backend);
    const moved = (place: EpsilonPlace): number => {
      const w = tf.variable(tf.scalar(0));
      new Adam(new Map([['w', w]]), 0.9, 0.999, place).apply(new Map([['w', tf.scalar(1e-7)]]), 1);
      return w.dataSync()[0] as number;
    };
    // The corrected deviation is 1e-7; epsilon is 1e-8 beside it, or 1e-8 / sqrt(1 - 0.999).
    expect(moved('corrected')).toBeCloseTo(-1 / 1.1, 4);
    expect(moved('uncorrected')).toBeCloseTo(-1 / (1 + 0.1 / Math.sqrt(0.001)), 4);
  });

  test('refuses gradients that lack a variable', async () => {
    await tf.setBackend(backend);
    const adam = new Adam(new Map([['kernel', tf.variable(tf.scalar(1))]]), 0.9, 0.99);
    expect(() => adam.apply(new Map(), 0.1)).toThrow(/does not reach kernel/);
  });
});

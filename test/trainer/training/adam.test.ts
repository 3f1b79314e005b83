import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { Adam } from '../../../trainer/training/adam.ts';
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

  test('a variable without a gradient keeps its value and moments', async () => {
    await tf.setBackend(backend);
    const variables = new Map([
      ['a', tf.variable(tf.scalar(1))],
      ['b', tf.variable(tf.scalar(1))],
    ]);
    const adam = new Adam(variables, 0.9, 0.99);
    adam.apply(new Map([['b', tf.scalar(1)]]), 0.1);
    expect(variables.get('a')?.dataSync()[0]).toBe(1);
    expect(variables.get('b')?.dataSync()[0]).toBeCloseTo(0.9, 5);
    expect(adam.second.get('a')?.dataSync()[0]).toBe(0);
  });
});

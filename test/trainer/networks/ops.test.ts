import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import {
  abs,
  frozenNorm,
  instanceNorm,
  leakyRelu,
  upsampleConv2d,
} from '../../../trainer/networks/ops.ts';
import { Random } from '../../../trainer/random.ts';
import { backends } from '../../support/backends.ts';

const random = new Random(7);

function normal<R extends tf.Rank>(shape: tf.ShapeMap[R]): tf.Tensor<R> {
  const size = (shape as number[]).reduce((product, dim) => product * dim, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  );
}

/** Doubles every row and column; tf.js's own gradient of nearest resizing is wrong on its CPU backend. */
function enlarge(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const columns = tf.tile(tf.reshape(x, [n * h * w, 1, c]), [1, 2, 1]);
  return tf.reshape(tf.tile(tf.reshape(columns, [n * h, 1, 2 * w * c]), [1, 2, 1]), [
    n,
    2 * h,
    2 * w,
    c,
  ]);
}

/** Compares values and the gradients of every input under one random output gradient. */
function expectSameGradients(
  actual: (...inputs: tf.Tensor[]) => tf.Tensor,
  expected: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
): void {
  const value = expected(...inputs);
  expectClose(actual(...inputs), value);
  const dy = normal(value.shape as [number, number, number, number]);
  const actualGradients = tf.grads(actual)(inputs, dy);
  tf.grads(expected)(inputs, dy).forEach((gradient, i) => {
    expectClose(actualGradients[i] as tf.Tensor, gradient);
  });
}

function expectClose(actual: tf.Tensor, expected: tf.Tensor): void {
  expect(actual.shape).toEqual(expected.shape);
  const scale = Math.max(1, tf.max(tf.abs(expected)).dataSync()[0] as number);
  const difference = tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0] as number;
  expect(difference / scale).toBeLessThan(2e-5);
}

describe.each(backends)('network operations on %s', (backend) => {
  test('abs has the value and gradient of tf.abs', async () => {
    await tf.setBackend(backend);
    expectSameGradients(
      (x) => abs(x),
      (x) => tf.abs(x),
      [normal([2, 3])],
    );
  });

  test('upsampleConv2d equals enlarging and convolving', async () => {
    await tf.setBackend(backend);
    expectSameGradients(
      (x, k) => upsampleConv2d(x as tf.Tensor4D, k as tf.Tensor4D),
      (x, k) => tf.conv2d(enlarge(x as tf.Tensor4D), k as tf.Tensor4D, 1, 'same'),
      [normal<tf.Rank.R4>([2, 4, 6, 3]), normal<tf.Rank.R4>([3, 3, 3, 5])],
    );
  });

  test('instanceNorm equals normalising with tf.moments', async () => {
    await tf.setBackend(backend);
    expectSameGradients(
      (x, gain, shift) => instanceNorm(x as tf.Tensor4D, gain as tf.Tensor2D, shift as tf.Tensor2D),
      (x, gain, shift) => {
        const { mean, variance } = tf.moments(x, [1, 2], true);
        const y = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5)));
        return tf.add(tf.mul(y, tf.reshape(gain, [2, 1, 1, 3])), tf.reshape(shift, [2, 1, 1, 3]));
      },
      [normal<tf.Rank.R4>([2, 5, 4, 3]), normal<tf.Rank.R2>([2, 3]), normal<tf.Rank.R2>([2, 3])],
    );
  });

  test('frozenNorm equals normalising with the given statistics', async () => {
    await tf.setBackend(backend);
    const mean = normal<tf.Rank.R2>([2, 3]);
    const variance = tf.square(normal<tf.Rank.R2>([2, 3]));
    const each = (t: tf.Tensor): tf.Tensor => tf.reshape(t, [2, 1, 1, 3]);
    expectSameGradients(
      (x, gain, shift) =>
        frozenNorm(x as tf.Tensor4D, mean, variance, gain as tf.Tensor2D, shift as tf.Tensor2D),
      (x, gain, shift) => {
        const y = tf.div(tf.sub(x, each(mean)), tf.sqrt(tf.add(each(variance), 1e-5)));
        return tf.add(tf.mul(y, each(gain)), each(shift));
      },
      [normal<tf.Rank.R4>([2, 5, 4, 3]), normal<tf.Rank.R2>([2, 3]), normal<tf.Rank.R2>([2, 3])],
    );
  });

  test('leakyRelu can be differentiated twice', async () => {
    await tf.setBackend(backend);
    const x = normal<tf.Rank.R2>([3, 4]);
    const w = normal<tf.Rank.R2>([4, 4]);
    const penalty =
      (activate: (t: tf.Tensor) => tf.Tensor) =>
      (kernel: tf.Tensor): tf.Tensor => {
        const gradient = tf.grad((input: tf.Tensor) =>
          tf.sum(tf.square(activate(tf.matMul(input as tf.Tensor2D, kernel as tf.Tensor2D)))),
        )(x);
        return tf.sum(tf.square(gradient));
      };
    const slope = 0.2;
    expectSameGradients(
      penalty((t) => leakyRelu(t, slope)),
      penalty((t) => tf.add(tf.mul(t, (1 + slope) / 2), tf.mul(tf.abs(t), (1 - slope) / 2))),
      [w],
    );
  });
});

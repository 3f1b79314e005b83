import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { runStages, type Stage } from '../../../../trainer/networks/classic/layers.ts';
import {
  normalizeBatch,
  normalizeFaces,
} from '../../../../trainer/networks/classic/normalization.ts';
import { double, halve } from '../../../../trainer/networks/classic/resize.ts';
import { Random } from '../../../../trainer/random.ts';
import { backends } from '../../../support/backends.ts';

const random = new Random(11);

function normal(shape: number[]): tf.Tensor4D {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return tf.tensor4d(
    Float32Array.from({ length: size }, () => random.normal()),
    shape as [number, number, number, number],
  );
}

type Op = (x: tf.Tensor4D) => tf.Tensor;

/** Compares values, and the gradients under one random output gradient. */
function expectSame(actual: Op, expected: Op, x: tf.Tensor4D): void {
  const value = expected(x);
  expectClose(actual(x), value);
  const dy = normal(value.shape);
  const gradient = (op: Op): tf.Tensor => tf.grad((input) => op(input as tf.Tensor4D))(x, dy);
  expectClose(gradient(actual), gradient(expected));
}

function expectClose(actual: tf.Tensor, expected: tf.Tensor): void {
  expect(actual.shape).toEqual(expected.shape);
  const difference = tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0] as number;
  expect(difference).toBeLessThan(2e-5);
}

/** As the 2017 project's library computed it. */
function plainNorm(x: tf.Tensor, axes: number[]): tf.Tensor4D {
  const { mean, variance } = tf.moments(x, axes, true);
  return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3)));
}

/** Means of 2x2 px by reshaping: [n, h, w, c] -> [n, floor(h / 2), floor(w / 2), c]. */
function plainHalve(x: tf.Tensor4D): tf.Tensor {
  const [n, h, w, c] = x.shape;
  const [rows, columns] = [Math.floor(h / 2), Math.floor(w / 2)];
  const even = tf.slice(x, [0, 0, 0, 0], [n, 2 * rows, 2 * columns, c]);
  const means = tf.mean(tf.reshape(even, [n * rows, 2, columns, 2 * c]), 1);
  return tf.reshape(tf.mean(tf.reshape(means, [n * rows * columns, 2, c]), 1), [
    n,
    rows,
    columns,
    c,
  ]);
}

function plainDouble(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const columns = tf.tile(tf.reshape(x, [n * h * w, 1, c]), [1, 2, 1]);
  const rows = tf.tile(tf.reshape(columns, [n * h, 1, 2 * w * c]), [1, 2, 1]);
  return tf.reshape(rows, [n, 2 * h, 2 * w, c]);
}

describe.each(backends)('classic layers on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  test('batch normalisation has the values and gradients of tf.moments', () => {
    const x = tf.add<tf.Tensor4D>(tf.mul(normal([3, 4, 5, 2]), 3), 2);
    expectSame(normalizeBatch, (input) => plainNorm(input, [0, 1, 2]), x);
    expectSame(normalizeFaces, (input) => plainNorm(input, [1, 2]), x);
  });

  test('for one face both normalisations are the same', () => {
    const x = normal([1, 6, 4, 3]);
    expect([...normalizeBatch(x).dataSync()]).toEqual([...normalizeFaces(x).dataSync()]);
  });

  test.each([
    [4, 6],
    [5, 7],
    [5, 4],
  ])('halving drops odd rows and columns: %i x %i', (h, w) => {
    expectSame(halve, plainHalve, normal([2, h, w, 3]));
  });

  test('doubling repeats pixels', () => {
    expectSame(double, plainDouble, normal([2, 3, 4, 3]));
  });

  test('a stage enlarges, projects, normalises and adds twice', () => {
    const stage: Stage = { name: 's', resize: 'double', channels: 3, blocks: 1, kernel: 3 };
    const weights = new Map<string, tf.Tensor>([
      ['s/project/kernel', normal([1, 1, 2, 3])],
      ['s/project/bias', tf.tensor1d([0.1, -0.2, 0.3])],
      ['s/block1/conv1/kernel', normal([3, 3, 3, 3])],
      ['s/block1/conv1/bias', tf.tensor1d([0.5, 0.6, -0.7])],
      ['s/block1/conv2/kernel', normal([3, 3, 3, 3])],
      ['s/block1/conv2/bias', tf.tensor1d([-0.1, 0, 0.1])],
    ]);
    const conv = (name: string, x: tf.Tensor4D): tf.Tensor4D =>
      tf.add(
        tf.conv2d(x, weights.get(`${name}/kernel`) as tf.Tensor4D, 1, 'same'),
        weights.get(`${name}/bias`) as tf.Tensor,
      );
    const x = normal([2, 4, 3, 2]);
    const normed = plainNorm(conv('s/project', plainDouble(x)), [0, 1, 2]);
    const first = tf.add<tf.Tensor4D>(normed, conv('s/block1/conv1', tf.relu(normed)));
    const second = tf.add(first, conv('s/block1/conv2', tf.relu(first)));
    const actual = runStages(weights, [stage], x, normalizeBatch);
    expect(tf.max(tf.abs(tf.sub(actual, second))).dataSync()[0]).toBeLessThan(2e-4);
  });
});

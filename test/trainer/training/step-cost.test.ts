import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { createTrainee } from '../../../trainer/training/create-trainee.ts';
import { kernelFlop, measureStepCost } from '../../../trainer/training/step-cost.ts';
import { backends } from '../../support/backends.ts';
import { tinyConfig } from '../../support/tiny-run.ts';

beforeAll(async () => {
  await tf.setBackend(backends.at(-1) ?? 'cpu');
});

test('counts two operations for each multiplication of a convolution and of its gradients', async () => {
  const { kernels } = await tf.profile(() => {
    const image = tf.ones<tf.Rank.R4>([2, 6, 8, 3]);
    const kernel = tf.ones<tf.Rank.R4>([3, 3, 3, 5]);
    const { grads } = tf.valueAndGrads((x: tf.Tensor, w: tf.Tensor) =>
      tf.sum(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same')),
    )([image, kernel]);
    return grads;
  });
  const products = 2 * 6 * 8 * 5 * (3 * 3 * 3);
  const counted = kernels.map(kernelFlop).filter((flop) => flop > 0);
  expect(counted).toEqual([2 * products, 2 * products, 2 * products]);
});

test('counts matrix products, transposed or not', async () => {
  const { kernels } = await tf.profile(() =>
    tf.matMul(tf.ones([4, 7]), tf.ones([5, 7]), false, true),
  );
  expect(kernels.map(kernelFlop).filter((flop) => flop > 0)).toEqual([2 * 4 * 7 * 5]);
});

test('a step costs more than a forward pass of the generator', async () => {
  const config = tinyConfig('', 1);
  const { gflop, stepMs } = await measureStepCost(config, createTrainee(config), 1);
  const { width, height } = config.crop;
  // The first convolution alone: 3x3, 3 to 2 channels, on 16 faces.
  expect(gflop).toBeGreaterThan((2 * 16 * width * height * 9 * 3 * 2) / 1e9);
  expect(stepMs).toBeGreaterThan(0);
}, 60_000);

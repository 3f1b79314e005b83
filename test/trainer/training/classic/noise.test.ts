import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { TruncatedNoise } from '../../../../trainer/training/classic/noise.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is a normal distribution cut at two standard deviations', () => {
  const values = [...new TruncatedNoise(1).draw([4, 50, 50, 3], 0.2, 7).dataSync()];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
  expect(mean).toBeCloseTo(0, 2);
  // The standard deviation of a normal distribution cut at 2 is 0.8796 of the uncut one's.
  expect(deviation / 0.2).toBeCloseTo(0.8796, 2);
  expect(Math.max(...values)).toBeLessThanOrEqual(0.4);
  expect(Math.max(...values)).toBeGreaterThan(0.39);
  // P(|z| < 1) / P(|z| < 2) = 0.6827 / 0.9545
  const within = values.filter((value) => Math.abs(value) < 0.2).length / values.length;
  expect(within).toBeCloseTo(0.7152, 2);
});

test('depends on the seed and the step alone', () => {
  const draw = (seed: number, step: number): number[] => [
    ...new TruncatedNoise(seed).draw([1, 3, 3, 3], 1, step).dataSync(),
  ];
  expect(draw(1, 5)).toEqual(draw(1, 5));
  expect(draw(1, 5)).not.toEqual(draw(1, 6));
  expect(draw(1, 5)).not.toEqual(draw(2, 5));
});

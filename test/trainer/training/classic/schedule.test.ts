import { expect, test } from 'vitest';
import {
  classicLearningRate,
  isEvaluation,
  noiseDeviation,
  pixelWeight,
  temperature,
  trainedBatches,
  wassersteinBatches,
  wassersteinTemperature,
} from '../../../../trainer/training/classic/schedule.ts';
import { tinyClassicConfig } from '../../../support/tiny-run.ts';

const classic = tinyClassicConfig('classic', '', 1);
const wasserstein = tinyClassicConfig('classic-wgan', '', 1);

test('as run, nothing is annealed', () => {
  expect([0, 4999, 45_000].map((step) => temperature('as-run', step))).toEqual([1, 1, 1]);
  expect(pixelWeight(1)).toBeCloseTo(0.95);
  expect(noiseDeviation(1)).toBe(0.2);
  expect(classicLearningRate(classic, 45_000)).toBe(2e-4);
});

test('as intended, the temperature is halved at the first batch and every 5000', () => {
  const steps = [0, 4999, 5000, 10_000, 44_999];
  expect(steps.map((step) => temperature('as-intended', step))).toEqual([
    0.5,
    0.5,
    0.25,
    0.125,
    0.5 ** 9,
  ]);
  expect(pixelWeight(0.5)).toBeCloseTo(0.825);
  expect(noiseDeviation(0.25)).toBeCloseTo(0.05);
  const intended = { ...classic, annealing: 'as-intended' as const };
  expect(classicLearningRate(intended, 5000)).toBeCloseTo(5e-5, 12);
  // 2e-4 / 2^12 is below the floor.
  expect(classicLearningRate(intended, 60_000)).toBe(1e-7);
});

test('every eleventh batch only evaluates', () => {
  const evaluated = Array.from({ length: 34 }, (_, step) => step).filter(isEvaluation);
  expect(evaluated).toEqual([10, 21, 32]);
  expect(trainedBatches(classic, 34)).toBe(31);
});

test('the critic learns alone for 200 steps, then four times as often', () => {
  expect(wassersteinBatches(199)).toEqual(Array(10).fill('critic'));
  expect(wassersteinBatches(200)).toEqual([
    'both',
    'critic',
    'critic',
    'critic',
    'both',
    'critic',
    'critic',
    'critic',
  ]);
  expect(trainedBatches(wasserstein, 100)).toBe(1000);
  expect(trainedBatches(wasserstein, 210)).toBe(2080);
});

test('the last commit halves every 10,000 steps', () => {
  expect([0, 9999, 10_000, 25_000].map(wassersteinTemperature)).toEqual([1, 1, 0.5, 0.25]);
  expect(classicLearningRate(wasserstein, 0)).toBe(1e-4);
  expect(classicLearningRate(wasserstein, 10_000)).toBeCloseTo(5e-5, 12);
  expect(classicLearningRate(wasserstein, 1e6)).toBe(1e-6);
});

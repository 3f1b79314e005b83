import { expect, test } from 'vitest';
import {
  adversarialWeight,
  emaDecay,
  learningRate,
  lowpassWeight,
  restraint,
} from '../../../trainer/training/schedule.ts';
import { resolveModern } from '../../support/tiny-run.ts';

const config = resolveModern({
  preset: 'modern-s',
  data: 'faces',
  selection: { faces: '', targets: { smiling: 'Smiling', grave: '!Smiling' } },
  learningRate: 4,
  steps: undefined,
  minutes: 1,
  seed: 1,
});
const warm = { ...config, warmStart: 'hash' };

test('the learning rate is constant for half the run, then falls to zero', () => {
  const rates = [0, 0.5, 0.75, 1, 1.2].map((fraction) =>
    learningRate(config, { step: 9, fraction }),
  );
  expect(rates).toEqual([4, 4, 2, 0, 0]);
});

test('the adversarial loss is ramped by steps', () => {
  const weights = [0, 150, 300, 900].map((step) =>
    adversarialWeight(config, { step, fraction: 0 }),
  );
  expect(weights).toEqual([0, 0.5, 1, 1]);
});

test('the low-pass weight falls by a half cosine over a fifth of the run', () => {
  const weights = [0, 0.1, 0.2, 1].map((fraction) => lowpassWeight(config, { step: 0, fraction }));
  expect(weights[0]).toBeCloseTo(2);
  expect(weights[1]).toBeCloseTo(1.35);
  expect(weights[2]).toBeCloseTo(0.7);
  expect(weights[3]).toBeCloseTo(0.7);
});

test('colour and surroundings are held back in the last part of the run', () => {
  const weights = [0, 0.64, 0.65, 1].map((fraction) => restraint(config, { step: 0, fraction }));
  expect(weights).toEqual([0, 0, 1, 1]);
});

test('the average is short at first', () => {
  expect(emaDecay(config, { step: 0, fraction: 0 })).toBeCloseTo(0.1);
  expect(emaDecay(config, { step: 1e6, fraction: 0 })).toBe(0.999);
});

test('a warm start begins where a run ends, but for the learning rate, which rises first', () => {
  const start = { step: 0, fraction: 0 };
  expect(adversarialWeight(warm, start)).toBe(1);
  expect(lowpassWeight(warm, start)).toBe(config.loss.lowpassEnd);
  expect(restraint(warm, start)).toBe(1);
  expect(emaDecay(warm, start)).toBe(0.999);
  const rates = [0, 99, 199, 300].map((step) => learningRate(warm, { step, fraction: 0 }));
  expect(rates).toEqual([0.02, 2, 4, 4]);
});

import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import {
  classicCriticize,
  classicDiscriminate,
  initClassicCritic,
  initClassicDiscriminator,
} from '../../../../trainer/networks/classic/discriminator.ts';
import {
  classicFaces,
  initClassicGenerator,
} from '../../../../trainer/networks/classic/generator.ts';
import { normalizeBatch } from '../../../../trainer/networks/classic/normalization.ts';
import {
  countParameters,
  createVariables,
  type ParameterValues,
} from '../../../../trainer/networks/parameters.ts';
import { PRESETS } from '../../../../trainer/presets.ts';
import { Random } from '../../../../trainer/random.ts';

function classicPreset(name: 'classic' | 'classic-wgan') {
  const preset = PRESETS[name];
  if (preset.family !== 'classic') throw new Error(`${name} is not of the family classic`);
  return preset;
}

const README = classicPreset('classic');
const LAST_COMMIT = classicPreset('classic-wgan');

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('the networks of the README have the parameters of 2017', () => {
  const random = new Random(1);
  expect(countParameters(initClassicGenerator(README.generator, random))).toBe(593_603);
  expect(countParameters(initClassicDiscriminator(README.discriminator, random))).toBe(835_441);
});

test('the networks of the last commit have the parameters of 2017', () => {
  const random = new Random(1);
  // 36,864 more than the README's: two kernels of 3x3 instead of 1x1, 48 channels to 48.
  expect(countParameters(initClassicGenerator(LAST_COMMIT.generator, random))).toBe(630_467);
  expect(countParameters(initClassicCritic(LAST_COMMIT.discriminator, random))).toBe(722_977);
});

function kernel(values: ParameterValues, name: string): number[][] {
  const { shape, data } = values.get(`${name}/kernel`) ?? { shape: [], data: new Float32Array() };
  const [h = 0, w = 0, inputs = 0, outputs = 0] = shape;
  const centre = Math.floor((h * w) / 2) * inputs * outputs;
  return Array.from({ length: inputs }, (_, i) => [
    ...data.subarray(centre + i * outputs, centre + (i + 1) * outputs),
  ]);
}

test('projections start near the identity, residual convolutions near zero, biases at zero', () => {
  const generator = initClassicGenerator(README.generator, new Random(2));
  kernel(generator, 'encode0/project').forEach((row, i) =>
    row.forEach((value, o) => {
      expect(Math.abs(value - (i === o ? 1 : 0))).toBeLessThanOrEqual(0.1 / (3 * 24));
    }),
  );
  const residual = generator.get('encode0/block1/conv1/kernel')?.data ?? [];
  const limit = 0.1 / (9 * 24 * 24);
  expect(Math.max(...residual.map(Math.abs))).toBeLessThanOrEqual(limit);
  expect(Math.max(...residual)).toBeGreaterThan(0.9 * limit);
  expect(Math.min(...residual)).toBeLessThan(-0.9 * limit);
  expect(generator.get('rgb/bias')?.data).toEqual(new Float32Array(3));
  const critic = initClassicCritic(LAST_COMMIT.discriminator, new Random(2));
  // The centre tap of a 3x3 kernel.
  kernel(critic, 'conv0').forEach((row, i) =>
    row.forEach((value, o) => expect(value).toBeCloseTo(i === o ? 1 : 0, 3)),
  );
});

test('the generator answers with a picture of the same size within 0.55 of grey', () => {
  const config = { widths: [4, 5, 6, 5, 4] as const, lastKernel: 1 as const };
  const weights = createVariables(initClassicGenerator(config, new Random(3)));
  const x = tf.randomUniform<tf.Rank.R4>([3, 20, 16, 3], 0, 1, 'float32', 5);
  const y = classicFaces(config, weights, x, normalizeBatch);
  expect(y.shape).toEqual(x.shape);
  const distance = tf.max(tf.abs(tf.sub(y, 0.5))).dataSync()[0] as number;
  expect(distance).toBeLessThanOrEqual(0.55);
  expect(distance).toBeGreaterThan(0.2);
});

test('both discriminators give one number a face', () => {
  const config = { widths: [4, 5, 6] };
  const x = tf.randomUniform<tf.Rank.R4>([3, 20, 16, 3], 0, 1, 'float32', 5);
  const logits = classicDiscriminate(
    config,
    createVariables(initClassicDiscriminator(config, new Random(4))),
    x,
  );
  const scores = classicCriticize(
    config,
    createVariables(initClassicCritic(config, new Random(4))),
    x,
  );
  expect([logits.shape, scores.shape]).toEqual([[3], [3]]);
  expect(new Set(scores.dataSync()).size).toBe(3);
});

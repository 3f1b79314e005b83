import { expect, test } from 'vitest';
import type { PresetName } from '../../trainer/config.ts';
import { initDiscriminator } from '../../trainer/networks/discriminator.ts';
import { initGenerator } from '../../trainer/networks/generator.ts';
import { countParameters } from '../../trainer/networks/parameters.ts';
import { resolveConfig, type TrainOptions } from '../../trainer/presets.ts';
import { Random } from '../../trainer/random.ts';
import { trainedImages } from '../../trainer/training/trained-images.ts';
import { resolveModern } from '../support/tiny-run.ts';

function options(preset: PresetName): TrainOptions {
  const selection = { faces: '', targets: { feminine: '!Male', masculine: 'Male' } };
  return { preset, data: 'faces', selection, steps: 10, minutes: 1, seed: 1 };
}

function direction(preset: PresetName): TrainOptions {
  const selection = { faces: '', sources: 'Male', targets: { feminine: '!Male' } };
  return { ...options(preset), selection };
}

test.each([
  ['modern-s', 372_663, 1_013_458],
  ['modern-m', 692_728, 1_013_458],
  ['modern-l', 1_002_704, 1_924_738],
] as const)('%s has its number of parameters', (preset, generator, discriminator) => {
  const config = resolveModern(options(preset));
  const random = new Random(1);
  const { width, height } = config.crop;
  const found = [
    countParameters(initGenerator({ ...config.generator, targets: 2 }, random)),
    countParameters(
      initDiscriminator({ ...config.discriminator, targets: 2, width, height }, random),
    ),
  ];
  expect(found).toEqual([generator, discriminator]);
});

test('classic learns one direction and is annealed as it was run', () => {
  expect(resolveConfig(direction('classic'))).toMatchObject({
    family: 'classic',
    annealing: 'as-run',
    batchSize: 16,
    learningRate: 2e-4,
    warnings: [],
  });
  const annealing = 'as-intended' as const;
  expect(resolveConfig({ ...direction('classic'), annealing })).toMatchObject({ annealing });
  expect(() => resolveConfig(options('classic'))).toThrow(/learns one direction: give --mode/);
  expect(() => resolveConfig({ ...direction('classic'), batchSize: 1.5 })).toThrow(/whole number/);
});

test('annealing is refused where there is none to choose', () => {
  for (const preset of ['classic-wgan', 'modern-s'] as const) {
    expect(() => resolveConfig({ ...direction(preset), annealing: 'as-run' })).toThrow(
      /--annealing belongs to the preset classic/,
    );
  }
});

test('modern with one target has no other names to reject and no way back', () => {
  const config = resolveModern(direction('modern-s'));
  expect(config.loss).toMatchObject({ cycle: 0, mismatch: 0, self: 2 });
  expect(resolveModern(options('modern-s')).loss).toMatchObject({ cycle: 1, mismatch: 0.5 });
  expect(() => resolveConfig({ ...options('modern-s'), batchSize: 24 })).toThrow(/multiple of 16/);
});

test('images are those of the batches that trained a network', () => {
  expect(trainedImages(resolveConfig(options('modern-s')), 100)).toBe(1600);
  expect(trainedImages(resolveConfig(direction('classic')), 110)).toBe(1600);
  expect(trainedImages(resolveConfig(direction('classic-wgan')), 201)).toBe(16 * 2008);
});

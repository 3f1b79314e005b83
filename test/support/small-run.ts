import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initGenerator } from '../../trainer/networks/generator.ts';
import type { ParameterValue } from '../../trainer/networks/parameters.ts';
import { resolveConfig } from '../../trainer/presets.ts';
import { Random } from '../../trainer/random.ts';
import { saveCheckpoint } from '../../trainer/training/checkpoint.ts';

/** What the small run's training says went wrong. */
export const SMALL_RUN_DIVERGENCE = {
  noticedAtStep: 2,
  reason: 'D is not a number',
  reloadedStep: 1,
  learningRateScale: 0.5,
};

/** A run folder as training leaves it, of a small network with random weights. */
export async function createSmallRun(folder: string): Promise<void> {
  const config = {
    ...resolveConfig({
      preset: 'modern-s',
      data: '/data/fairface',
      selection: { faces: '!Eyeglasses', targets: { soft: '!Male,Young', hard: 'Male' } },
      steps: 3,
      minutes: 1,
      seed: 1,
    }),
    generator: { widths: [4, 4, 4] as [number, number, number], blocks: 1 },
  };
  const weights = initGenerator({ ...config.generator, targets: 2 }, new Random(1));
  const random = new Random(2);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const shaken = (group: string): [string, ParameterValue][] =>
    [...weights].map(([name, { shape, data }]) => [
      `${group}/${name}`,
      { shape, data: data.map((value) => value + 0.1 * random.normal()) },
    ]);
  await saveCheckpoint(folder, {
    state: {
      step: 3,
      trainedMs: 90_000,
      optimizerSteps: { generator: 3, discriminator: 3 },
      sampler: { random: new Random(1).state, decks: [] },
      divergences: [SMALL_RUN_DIVERGENCE],
    },
    tensors: new Map([...shaken('ema'), ...shaken('generator'), ...shaken('discriminator')]),
  });
  const summary = { backend: 'cpu', dataSha256: 'abc' };
  await writeFile(join(folder, 'summary.json'), JSON.stringify(summary));
}

import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import type { TrainConfig } from '../../../trainer/config.ts';
import { readValues } from '../../../trainer/networks/parameters.ts';
import {
  type Checkpoint,
  loadCheckpoint,
  saveCheckpoint,
} from '../../../trainer/training/checkpoint.ts';
import { createTrainee } from '../../../trainer/training/create-trainee.ts';
import { restoreTrainee } from '../../../trainer/training/restore.ts';
import { applyWarmStart, readWarmStart } from '../../../trainer/training/warm-start.ts';
import { tinyClassicConfig, tinyConfig } from '../../support/tiny-run.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function checkpointOf(config: TrainConfig): Checkpoint {
  const trainee = createTrainee(config);
  const optimizerSteps = Object.fromEntries(
    Object.keys(trainee.optimizerSteps).map((name) => [name, 7]),
  );
  const sampler = { random: [1, 2, 3, 4] as const, decks: [] };
  return {
    state: { step: 7, trainedMs: 1, optimizerSteps, sampler },
    tensors: readValues(trainee.tensors()),
  };
}

const CONFIGS = [
  tinyConfig('', 9),
  tinyClassicConfig('classic', '', 9),
  tinyClassicConfig('classic-wgan', '', 9),
];

test.each(CONFIGS)('$preset is restored from its own checkpoint', async (config) => {
  const run = await mkdtemp(join(tmpdir(), 'run-'));
  await saveCheckpoint(run, checkpointOf(config));
  const checkpoint = (await loadCheckpoint(run, console.warn)) as Checkpoint;
  const trainee = createTrainee({ ...config, seed: 99 });
  restoreTrainee(trainee, checkpoint);
  expect(readValues(trainee.tensors())).toEqual(checkpoint.tensors);
  expect(trainee.optimizerSteps).toEqual(checkpoint.state.optimizerSteps);

  await writeFile(join(run, 'config.json'), JSON.stringify(config));
  const other = { ...config, seed: 98 };
  const warm = createTrainee(other);
  applyWarmStart(other, warm, await readWarmStart(run));
  expect(readValues(warm.generator)).toEqual(readValues(trainee.generator));
  expect(Object.values(warm.optimizerSteps)).not.toContain(7);
});

test.each([
  [CONFIGS[1], CONFIGS[0]],
  [CONFIGS[0], CONFIGS[1]],
  [CONFIGS[2], CONFIGS[1]],
  [{ ...tinyConfig('', 9), generator: { widths: [2, 3, 4] as const, blocks: 2 } }, CONFIGS[0]],
  [CONFIGS[0], { ...tinyConfig('', 9), generator: { widths: [2, 3, 4] as const, blocks: 2 } }],
] as [TrainConfig, TrainConfig][])('another architecture is refused: %#', (from, to) => {
  const trainee = createTrainee(to);
  const before = readValues(trainee.tensors());
  expect(() => restoreTrainee(trainee, checkpointOf(from))).toThrow(
    /^the checkpoint is of another architecture .*: [\w/-]+ has .*, expected [^\n]*$/,
  );
  expect(readValues(trainee.tensors())).toEqual(before);
});

test('a checkpoint of the first runs is read with its counts', async () => {
  const run = await mkdtemp(join(tmpdir(), 'run-'));
  await saveCheckpoint(run, checkpointOf(tinyConfig('', 9)));
  const path = join(run, 'checkpoints', 'step-00000007', 'checkpoint.json');
  const index = JSON.parse(await readFile(path, 'utf8')) as { state: Record<string, unknown> };
  const { optimizerSteps: _, ...state } = index.state;
  index.state = { ...state, generatorAdamSteps: 5, discriminatorAdamSteps: 6 };
  await writeFile(path, JSON.stringify(index));
  const checkpoint = await loadCheckpoint(run, console.warn);
  expect(checkpoint?.state).toEqual({
    step: 7,
    trainedMs: 1,
    optimizerSteps: { generator: 5, discriminator: 6 },
    sampler: { random: [1, 2, 3, 4], decks: [] },
  });
});

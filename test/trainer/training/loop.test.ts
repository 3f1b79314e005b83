import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { TrainConfig } from '../../../trainer/config.ts';
import { readCelebaFolder } from '../../../trainer/data/celeba.ts';
import { loadCrops } from '../../../trainer/data/crops.ts';
import { selectPopulations } from '../../../trainer/data/populations.ts';
import { Sampler } from '../../../trainer/data/sampler.ts';
import { Random } from '../../../trainer/random.ts';
import { loadCheckpoint } from '../../../trainer/training/checkpoint.ts';
import { type GridSamples, gridSamples } from '../../../trainer/training/grid.ts';
import { type StepStats, trainLoop } from '../../../trainer/training/loop.ts';
import { TrainedModel } from '../../../trainer/training/model.ts';
import { useOwnCache } from '../../support/own-cache.ts';
import { drawCelebaFolder, TINY_CROP, tinyConfig } from '../../support/tiny-run.ts';

useOwnCache();

let sampler: Sampler;
let samples: GridSamples[];
let runFolder: string;
let reported: StepStats[];

beforeAll(async () => {
  await tf.setBackend('cpu');
  const folder = await readCelebaFolder(await drawCelebaFolder([24]));
  const store = await loadCrops(folder, folder.faces, TINY_CROP, 3);
  const { selection, jitter } = tinyConfig(folder.directory, 1);
  const populations = selectPopulations(folder, selection, 0);
  sampler = new Sampler(store, populations, jitter, new Random(1));
  samples = gridSamples(store, populations, 2);
});

beforeEach(async () => {
  runFolder = await mkdtemp(join(tmpdir(), 'run-'));
  reported = [];
});

function train(config: TrainConfig, logEverySteps: number): Promise<number> {
  const start = { step: 0, trainedMs: 0 };
  return trainLoop(config, new TrainedModel(config), sampler, samples, start, {
    runFolder,
    logEverySteps,
    gridEverySteps: 2,
    checkpointEveryMs: 1e9,
    signal: new AbortController().signal,
    report: (stats) => reported.push(stats),
  });
}

test('writes statistics, grids and the last state', async () => {
  expect(await train(tinyConfig('', 3), 1)).toBe(3);
  const lines = (await readFile(join(runFolder, 'stats.jsonl'), 'utf8')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as StepStats)).toEqual(reported);
  expect(reported.map(({ step }) => step)).toEqual([1, 2, 3]);
  expect(reported[0]?.losses).toHaveProperty('G/adversarial');
  expect((await readdir(join(runFolder, 'grids'))).sort()).toEqual([
    'step-00000002.png',
    'step-00000003.png',
  ]);
  expect((await loadCheckpoint(runFolder, console.warn))?.state.step).toBe(3);
}, 60_000);

test('ends with an error when it diverges, and saves nothing of it', async () => {
  const config = { ...tinyConfig('', 20), learningRate: 1e30 };
  await expect(train(config, 10)).rejects.toThrow(
    /diverged at step [1-9]: .*lower --learning-rate/,
  );
  expect(reported).toEqual([]);
  expect(await loadCheckpoint(runFolder, console.warn)).toBeUndefined();
}, 60_000);

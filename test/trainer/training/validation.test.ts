import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TrainConfig } from '../../../trainer/config.ts';
import { readCelebaFolder } from '../../../trainer/data/celeba.ts';
import { loadCrops } from '../../../trainer/data/crops.ts';
import { selectPopulations } from '../../../trainer/data/populations.ts';
import { BestCheckpoint } from '../../../trainer/training/best-checkpoint.ts';
import {
  type Checkpoint,
  loadBestCheckpoint,
  readBestValidation,
} from '../../../trainer/training/checkpoint.ts';
import { createTrainee } from '../../../trainer/training/create-trainee.ts';
import {
  createValidation,
  scoreOf,
  type Validate,
  type Validation,
} from '../../../trainer/training/validation.ts';
import { backends } from '../../support/backends.ts';
import { useOwnCache } from '../../support/own-cache.ts';
import {
  drawCelebaFolder,
  EVALUATION_CROP,
  TINY_CROP,
  tinyConfig,
} from '../../support/tiny-run.ts';

useOwnCache();

beforeAll(async () => {
  await tf.setBackend(backends.at(-1) ?? 'cpu');
});

async function validationOf(crop: TrainConfig['crop']) {
  const folder = await readCelebaFolder(await drawCelebaFolder([40, 20], crop));
  const config = { ...tinyConfig('', 1), crop };
  const store = await loadCrops(folder, folder.faces, crop, 2);
  const populations = selectPopulations(folder, config.selection, 1);
  return { config, validate: await createValidation(folder, config.selection, store, populations) };
}

test('an untrained generator leaves every face as it is', async () => {
  const { config, validate } = await validationOf(EVALUATION_CROP);
  const { score, by, figures } = (validate as Validate)(createTrainee(config));
  expect(by).toBe('ridge');
  expect(figures.unchanged).toBe(1);
  expect(figures.ssim).toBeGreaterThan(0.95);
  // The drawn populations are easy to tell apart, so that no source passes for a target.
  expect(figures.successOfReal).toBeLessThan(0.2);
  expect(score).toBeCloseTo(scoreOf(figures), 10);
});

test('there is none where no instrument fits the crop', async () => {
  expect((await validationOf(TINY_CROP)).validate).toBeUndefined();
});

test('the score is success, less what a release would be refused for', () => {
  const good = { successOfReal: 1.1, unchanged: 0.03, outside: 0.035, ssim: 0.8 };
  expect(scoreOf(good)).toBe(1);
  expect(scoreOf({ ...good, unchanged: 0.13 })).toBeCloseTo(0.9);
  expect(scoreOf({ ...good, outside: 0.042 })).toBeCloseTo(0.8);
  expect(scoreOf({ ...good, ssim: 0.6 })).toBeCloseTo(0.75);
  expect(scoreOf({ ...good, successOfReal: 0.5 })).toBe(0.5);
});

describe('the best checkpoint', () => {
  const trainee = createTrainee(tinyConfig('', 1));

  function checkpointAt(step: number, trainedMs: number): Checkpoint {
    const sampler = { random: [1, 2, 3, 4] as const, decks: [] };
    const state = { step, trainedMs, optimizerSteps: {}, sampler };
    return { state, tensors: new Map([['ema/a', { shape: [], data: Float32Array.of(step) }]]) };
  }

  function validation(score: number, by = 'C_eval'): Validation {
    return { score, by, figures: { successOfReal: score, unchanged: 0, outside: 0, ssim: 1 } };
  }

  test('is the one of the highest score, as far as scores can be compared', async () => {
    const run = await mkdtemp(join(tmpdir(), 'run-'));
    let next = validation(0.5);
    const best = new BestCheckpoint(run, () => next, 0);
    const considered: (boolean | undefined)[] = [];
    const scores: [number, string?][] = [[0.5], [0.4], [0.6], [0.1, 'ridge']];
    for (const [i, [score, by]] of scores.entries()) {
      next = validation(score, by);
      considered.push((await best.consider(trainee, checkpointAt(i + 1, 1e6 * (i + 1))))?.isBest);
    }
    expect(considered).toEqual([true, false, true, true]);
    expect((await loadBestCheckpoint(run)).state.step).toBe(4);
    expect((await readBestValidation(run))?.score).toBe(0.1);
  });

  test('is looked for in a fiftieth of the time at most', async () => {
    const run = await mkdtemp(join(tmpdir(), 'run-'));
    const slow: Validate = () => {
      const until = performance.now() + 20;
      while (performance.now() < until);
      return validation(0.5);
    };
    const best = new BestCheckpoint(run, slow, 0);
    const isValidated = async (trainedMs: number): Promise<boolean> =>
      (await best.consider(trainee, checkpointAt(1, trainedMs))) !== undefined;
    expect(await isValidated(0)).toBe(false);
    expect(await isValidated(100)).toBe(true);
    expect(await isValidated(1000)).toBe(false);
    expect(await isValidated(100_000)).toBe(true);
  });
});

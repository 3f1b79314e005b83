import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ModernConfig } from '../../../trainer/config.ts';
import { readCelebaFolder } from '../../../trainer/data/celeba.ts';
import type { CropStore } from '../../../trainer/data/crop-file.ts';
import { loadCrops } from '../../../trainer/data/crops.ts';
import { type Population, selectPopulations } from '../../../trainer/data/populations.ts';
import { Sampler } from '../../../trainer/data/sampler.ts';
import { frozenShapes } from '../../../trainer/networks/generator.ts';
import { type ParameterValue, readValues } from '../../../trainer/networks/parameters.ts';
import { decodeSafetensors } from '../../../trainer/networks/safetensors.ts';
import { Random } from '../../../trainer/random.ts';
import {
  type Checkpoint,
  loadCheckpoint,
  tensorGroup,
} from '../../../trainer/training/checkpoint.ts';
import { FREEZE_BATCHES, freezeNorms } from '../../../trainer/training/freeze.ts';
import { type GridSamples, gridSamples } from '../../../trainer/training/grid.ts';
import { ModernTrainee } from '../../../trainer/training/modern.ts';
import { frozenStatistics } from '../../../trainer/training/norm-statistics.ts';
import { positionOf, RUN_START } from '../../../trainer/training/position.ts';
import { restoreTrainee } from '../../../trainer/training/restore.ts';
import type { StatsLine } from '../../../trainer/training/stats-file.ts';
import {
  applyWarmStart,
  encodeWarmStart,
  type WarmStart,
} from '../../../trainer/training/warm-start.ts';
import { batchesOf } from '../../support/batches.ts';
import { useOwnCache } from '../../support/own-cache.ts';
import { drawCelebaFolder, TINY_CROP, tinyConfig } from '../../support/tiny-run.ts';
import { SILENT, trainToEnd } from '../../support/tiny-training.ts';

useOwnCache();

const STEPS = 4;
/** Freezes before the third step. */
const config: ModernConfig = { ...tinyConfig('', STEPS), freezeNormFrom: 0.5 };

let store: CropStore;
let populations: Population[];
let samples: GridSamples[];

beforeAll(async () => {
  await tf.setBackend('cpu');
  const folder = await readCelebaFolder(await drawCelebaFolder([24]));
  store = await loadCrops(folder, folder.faces, TINY_CROP, 3);
  populations = selectPopulations(folder, config.selection, 0);
  samples = gridSamples(store, populations, 1);
});

function createSampler(): Sampler {
  return new Sampler(store, populations, config.jitter, new Random(1));
}

/** A model whose normalisations are frozen at some statistics. */
function createFrozen(): ModernTrainee {
  const trainee = new ModernTrainee(config);
  const { model } = trainee;
  const statistics = new Map<string, ParameterValue>();
  for (const [name, shape] of frozenShapes(model.generatorConfig)) {
    const length = shape.reduce((size, dim) => size * dim, 1);
    const data = Float32Array.from({ length }, (_, i) => 0.5 + i);
    statistics.set(`${name}/frozen-mean`, { shape, data });
    statistics.set(`${name}/frozen-variance`, { shape, data });
  }
  model.freezeNorms(statistics);
  return trainee;
}

/** Trains from the folder's last checkpoint, if any, until `stopAt` steps are done. */
async function train(runFolder: string, stopAt: number): Promise<Checkpoint> {
  const trainee = new ModernTrainee(config);
  const sampler = createSampler();
  const checkpoint = await loadCheckpoint(runFolder, console.warn);
  if (checkpoint !== undefined) {
    restoreTrainee(trainee, checkpoint);
    sampler.state = checkpoint.state.sampler;
  }
  const stop = new AbortController();
  const line = ({ step }: StatsLine): void => {
    if (step === stopAt) stop.abort();
  };
  await trainToEnd(
    {
      config,
      runFolder,
      trainee,
      batches: batchesOf(sampler, config.batchSize),
      samples,
      validate: undefined,
    },
    { gridEverySteps: 1000, signal: stop.signal, reporter: { ...SILENT, line } },
    checkpoint === undefined ? RUN_START : positionOf(checkpoint),
  );
  trainee.dispose();
  const saved = await loadCheckpoint(runFolder, console.warn);
  if (saved === undefined) throw new Error('the loop has saved nothing');
  return saved;
}

test('a run resumed before and after the freeze ends like one that was not', async () => {
  const whole = await train(await mkdtemp(join(tmpdir(), 'run-')), STEPS);
  const parts = await mkdtemp(join(tmpdir(), 'run-'));
  const before = await train(parts, 2);
  const after = await train(parts, 3);
  const last = await train(parts, STEPS);
  expect(last.tensors).toEqual(whole.tensors);
  expect(last.state.sampler).toEqual(whole.state.sampler);

  expect(frozenStatistics(before.tensors).size).toBe(0);
  const [frozen, later] = [after, last].map(({ tensors }) => frozenStatistics(tensors));
  expect(frozen?.size).toBeGreaterThan(0);
  expect(later).toEqual(frozen);
  const ofAverage = frozenStatistics(tensorGroup(last, 'ema'));
  expect(frozenStatistics(tensorGroup(last, 'generator'))).toEqual(ofAverage);
}, 120_000);

describe('a model that freezes its normalisations', () => {
  test('goes on from its average and still learns, but not its statistics', () => {
    const trainee = new ModernTrainee(config);
    const { model } = trainee;
    const sampler = createSampler();
    const moved = 0.25;
    for (const average of model.ema.values()) {
      tf.tidy(() => average.assign(tf.add(average, moved)));
    }
    const average = readValues(model.ema);
    const batches = Array.from({ length: FREEZE_BATCHES }, () => sampler.next(config.batchSize));
    freezeNorms(config, model, batches);
    const frozen = readValues(model.generator);
    for (const [name, value] of average) expect(frozen.get(name), name).toEqual(value);

    const tensors = tf.memory().numTensors;
    const batch = sampler.next(config.batchSize);
    const progress = { step: 0, fraction: 0.5 };
    expect(trainee.batchesPerStep(progress)).toBe(1);
    tf.dispose([...trainee.step([batch], progress).values()]);
    expect(tf.memory().numTensors).toBe(tensors);
    const trained = readValues(model.generator);
    expect(frozenStatistics(trained)).toEqual(frozenStatistics(frozen));
    expect(frozenStatistics(readValues(model.ema))).toEqual(frozenStatistics(frozen));
    for (const name of ['down1/kernel', 'block1/norm1/gain', 'up0/norm/shift']) {
      expect(trained.get(name), name).not.toEqual(frozen.get(name));
    }
    trainee.dispose();
  }, 60_000);

  test('thaws for a checkpoint from before, and takes no frozen one unless it freezes', () => {
    const checkpointOf = (trainee: ModernTrainee): Checkpoint => ({
      state: {
        step: 1,
        trainedMs: 1,
        optimizerSteps: { generator: 1, discriminator: 1 },
        sampler: createSampler().state,
      },
      tensors: readValues(trainee.tensors()),
    });
    const fresh = new ModernTrainee(config);
    const before = checkpointOf(fresh);
    const trainee = createFrozen();
    const after = checkpointOf(trainee);
    const tensors = tf.memory().numTensors;
    restoreTrainee(trainee, before);
    expect(trainee.model.hasFrozenNorms).toBe(false);
    expect(readValues(trainee.tensors())).toEqual(before.tensors);
    restoreTrainee(trainee, after);
    expect(readValues(trainee.tensors())).toEqual(after.tensors);
    expect(tf.memory().numTensors).toBe(tensors);

    const other = new ModernTrainee({ ...config, freezeNormFrom: undefined });
    expect(() => restoreTrainee(other, after)).toThrow(/frozen normalisations.*no freezeNormFrom/);
    const wider = new ModernTrainee({ ...config, generator: { widths: [2, 3, 8], blocks: 1 } });
    expect(() => restoreTrainee(wider, after)).toThrow(/down2\/norm\/frozen-mean of shape \[4\]/);
    for (const each of [fresh, trainee, other, wider]) each.dispose();
  }, 60_000);

  test('is gone on from frozen with a share of 0 only', () => {
    const trainee = createFrozen();
    const bytes = encodeWarmStart(config, readValues(trainee.tensors()));
    const warmStart: WarmStart = {
      source: 'model',
      preset: config.preset,
      targets: Object.keys(config.selection.targets),
      tensors: decodeSafetensors(bytes).tensors,
      sha256: '',
    };
    const later = new ModernTrainee(config);
    expect(() => applyWarmStart(config, later, warmStart)).toThrow(/add --freeze-norm 0/);
    const next = new ModernTrainee({ ...config, freezeNormFrom: 0 });
    applyWarmStart(config, next, warmStart);
    expect(next.model.hasFrozenNorms).toBe(true);
    expect(readValues(next.model.ema)).toEqual(tensorGroup(warmStart, 'ema'));
    for (const each of [trainee, later, next]) each.dispose();
  }, 60_000);
});

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainConfig } from '../../trainer/config.ts';
import { loadCrops } from '../../trainer/data/crops.ts';
import { readData } from '../../trainer/data/folder-pair.ts';
import { selectPopulations } from '../../trainer/data/populations.ts';
import { Sampler } from '../../trainer/data/sampler.ts';
import { Random } from '../../trainer/random.ts';
import type { Reporter } from '../../trainer/reporter.ts';
import { createTrainee } from '../../trainer/training/create-trainee.ts';
import { gridSamples } from '../../trainer/training/grid.ts';
import { type LoopOptions, type Training, TrainLoop } from '../../trainer/training/loop.ts';
import { RUN_START, type RunPosition } from '../../trainer/training/position.ts';
import { RunLog } from '../../trainer/training/run-log.ts';
import { batchesOf } from './batches.ts';
import { TINY_CROP } from './tiny-run.ts';

/** Tells nobody. */
export const SILENT: Reporter = {
  note: () => undefined,
  warn: () => undefined,
  line: () => undefined,
  status: () => undefined,
};

/** A new run on drawn faces, in a folder of its own. */
export async function createTinyTraining(config: TrainConfig): Promise<Training> {
  const folder = await readData(config.data);
  const store = await loadCrops(folder, folder.faces, TINY_CROP, 3);
  const populations = selectPopulations(folder, config.selection, 0);
  const sampler = new Sampler(store, populations, config.jitter, new Random(1));
  return {
    config,
    runFolder: await mkdtemp(join(tmpdir(), 'run-')),
    trainee: createTrainee(config),
    batches: batchesOf(sampler, config.batchSize),
    samples: gridSamples(store, populations, 2),
    validate: undefined,
  };
}

/** Trains to the end, from the run's start or from where its trainee and batches stand. Returns the steps done. */
export async function trainToEnd(
  training: Training,
  options: Partial<LoopOptions> = {},
  start: RunPosition = RUN_START,
): Promise<number> {
  const { reporter = SILENT } = options;
  const log = new RunLog(training.runFolder, reporter);
  await log.rewind(start.step);
  return new TrainLoop(training, start, {
    logEverySteps: 1,
    gridEverySteps: 2,
    checkpointEveryMs: 1e9,
    signal: new AbortController().signal,
    log,
    reporter,
    onDivergence: async () => undefined,
    ...options,
  }).run();
}

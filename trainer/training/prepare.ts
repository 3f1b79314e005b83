import { BatchQueue } from '../data/batch-queue.ts';
import { loadCrops } from '../data/crops.ts';
import { jitterMargin } from '../data/jitter.ts';
import { selectFaces } from '../data/populations.ts';
import { Sampler } from '../data/sampler.ts';
import { Random } from '../random.ts';
import type { Reporter } from '../reporter.ts';
import { loadCheckpoint } from './checkpoint.ts';
import { createTrainee } from './create-trainee.ts';
import { gridSamples } from './grid.ts';
import type { Training } from './loop.ts';
import type { RunPlan } from './plan.ts';
import { positionOf, RUN_START, type RunPosition } from './position.ts';
import { restoreTrainee } from './restore.ts';
import { createValidation } from './validation.ts';
import { applyWarmStart } from './warm-start.ts';

const GRID_COLUMNS = 12;

export interface PreparedRun {
  readonly training: Training;
  readonly start: RunPosition;
}

/**
 * Decodes the faces and makes the networks, at their start or as the run's last checkpoint has them.
 * Writes nothing into the run folder.
 *
 * @throws Error for pictures, checkpoints or weights that cannot be used
 */
export async function prepareRun(plan: RunPlan, reporter: Reporter): Promise<PreparedRun> {
  const { config, runFolder, folder, train, validation, warmStart } = plan;
  const { crop, jitter, selection } = config;
  for (const warning of config.warnings) reporter.warn(warning);
  const trainee = createTrainee(config);
  if (warmStart !== undefined) applyWarmStart(config, trainee, warmStart);
  const checkpoint = plan.resume
    ? await loadCheckpoint(runFolder, (text) => reporter.warn(text))
    : undefined;
  if (checkpoint !== undefined) restoreTrainee(trainee, checkpoint);
  else if (plan.resume && config.warmStart !== undefined) {
    throw new Error(
      `${runFolder} was stopped before it had saved the weights it began with: start it again under another --out`,
    );
  }
  const faces = [0, 1].flatMap((split) => selectFaces(folder, selection.faces, split));
  const margin = jitterMargin(jitter, crop);
  const store = await loadCrops(folder, faces, crop, margin, (text) => reporter.note(text));
  for (const warning of folder.warnings) reporter.warn(warning);
  for (const skipped of store.skipped) reporter.warn(`skipped ${skipped}`);
  // Not the seed of the weights, so that a change of one draw does not move the other.
  const sampler = new Sampler(store, train, jitter, new Random(config.seed + 1));
  if (checkpoint !== undefined) sampler.state = checkpoint.state.sampler;
  const batches = new BatchQueue({
    cropFile: store.path,
    populations: train,
    jitter,
    batchSize: config.batchSize,
    state: sampler.state,
  });
  const validate = await createValidation(folder, selection, store, validation);
  if (validate === undefined) {
    reporter.warn('no best checkpoint will be kept: nothing here can judge crops of this size');
  }
  return {
    training: {
      config,
      runFolder,
      trainee,
      batches,
      samples: gridSamples(store, validation, GRID_COLUMNS),
      validate,
    },
    start: checkpoint === undefined ? RUN_START : positionOf(checkpoint),
  };
}

import type { TrainConfig } from '../config.ts';
import { trainedBatches } from './classic/schedule.ts';

/** Faces that a run has learnt from after so many steps; a step of some presets takes many batches. */
export function trainedImages(config: TrainConfig, steps: number): number {
  const batches = config.family === 'classic' ? trainedBatches(config, steps) : steps;
  return batches * config.batchSize;
}

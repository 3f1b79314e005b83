import type { TrainingDivergence } from '../../models/contract/manifest.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { LossSums } from './loss-meter.ts';

/** Where a run stands, apart from its networks and batches. */
export interface RunPosition {
  /** Steps done. */
  readonly step: number;
  readonly trainedMs: number;
  /** Losses since the last line of statistics. */
  readonly losses: LossSums;
  readonly divergences: readonly TrainingDivergence[];
  /** Whether the newest checkpoint is of this position. */
  readonly isSaved: boolean;
}

export const RUN_START: RunPosition = {
  step: 0,
  trainedMs: 0,
  losses: {},
  divergences: [],
  isSaved: false,
};

/** Where a run stands that goes on from a checkpoint. */
export function positionOf({ state }: Checkpoint): RunPosition {
  const { step, trainedMs, losses = {}, divergences = [] } = state;
  return { step, trainedMs, losses, divergences, isSaved: true };
}

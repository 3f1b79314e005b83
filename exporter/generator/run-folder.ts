import type { TrainingSummary } from '../../models/contract/manifest.ts';
import { hashConfig, type TrainConfig } from '../../trainer/config.ts';
import { readConfig, readSummary } from '../../trainer/run-folder.ts';
import { loadBestCheckpoint, loadCheckpoint } from '../../trainer/training/checkpoint.ts';
import { trainedImages } from '../../trainer/training/trained-images.ts';
import { encodeWarmStart } from '../../trainer/training/warm-start.ts';
import { type TrainedNetwork, trainedNetwork } from './trained-network.ts';

/** What a training run left for the exporter. */
export interface TrainedRun {
  readonly config: TrainConfig;
  /** Names of the target populations, in the order of the network's constants. */
  readonly targets: readonly string[];
  /** With the weights of the newest or the best checkpoint. */
  readonly network: TrainedNetwork;
  /** Both networks and the average of that checkpoint, for runs that go on from the model. */
  readonly warmStart: Uint8Array;
  readonly training: Omit<TrainingSummary, 'commit'>;
}

/** Which of a run's checkpoints is exported: the newest, or the best by validation. */
export type CheckpointChoice = 'last' | 'best';

/**
 * Reads a run folder: configuration, a whole checkpoint and summary.
 *
 * @throws Error when one of them is missing or damaged
 */
export async function readRun(folder: string, choice: CheckpointChoice): Promise<TrainedRun> {
  const config = await readConfig(folder);
  const checkpoint =
    choice === 'best'
      ? await loadBestCheckpoint(folder)
      : await loadCheckpoint(folder, console.warn);
  if (checkpoint === undefined) {
    throw new Error(
      `${folder} has no checkpoint yet: wait for the first, or stop the run with Ctrl+C`,
    );
  }
  const summary = await readSummary(folder);
  const { step, trainedMs, divergences = [] } = checkpoint.state;
  const targets = Object.keys(config.selection.targets);
  return {
    config,
    targets,
    network: trainedNetwork(config, checkpoint),
    warmStart: encodeWarmStart(config, checkpoint.tensors),
    training: {
      preset: config.preset,
      configSha256: hashConfig(config),
      dataSha256: summary.dataSha256,
      faces: config.selection.faces,
      ...(config.selection.sources !== undefined && { sources: config.selection.sources }),
      targets: config.selection.targets,
      steps: step,
      images: trainedImages(config, step),
      trainMinutes: Math.round(trainedMs / 6000) / 10,
      divergences,
      backend: summary.backend,
    },
  };
}

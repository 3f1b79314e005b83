import type { TrainingSummary } from '../../models/contract/manifest.ts';
import { hashConfig, type TrainConfig } from '../../trainer/config.ts';
import type { GeneratorConfig } from '../../trainer/networks/generator.ts';
import type { ParameterValues } from '../../trainer/networks/parameters.ts';
import { readConfig, readSummary } from '../../trainer/run-folder.ts';
import { loadCheckpoint, tensorGroup } from '../../trainer/training/checkpoint.ts';

/** What a training run left for the exporter. */
export interface TrainedRun {
  readonly config: TrainConfig;
  readonly generator: GeneratorConfig;
  /** Names of the target populations, in the order of the network's constants. */
  readonly targets: readonly string[];
  /** Averaged weights of the newest checkpoint. */
  readonly weights: ParameterValues;
  readonly training: Omit<TrainingSummary, 'commit'>;
}

/**
 * Reads a run folder: configuration, newest whole checkpoint and summary.
 *
 * @throws Error when one of them is missing or damaged
 */
export async function readRun(folder: string): Promise<TrainedRun> {
  const config = await readConfig(folder);
  const checkpoint = await loadCheckpoint(folder, console.warn);
  if (checkpoint === undefined) {
    throw new Error(
      `${folder} has no checkpoint yet: wait for the first, or stop the run with Ctrl+C`,
    );
  }
  const summary = await readSummary(folder);
  const { step, trainedMs } = checkpoint.state;
  const targets = Object.keys(config.selection.targets);
  return {
    config,
    generator: { ...config.generator, targets: targets.length },
    targets,
    weights: tensorGroup(checkpoint, 'ema'),
    training: {
      preset: config.preset,
      configSha256: hashConfig(config),
      dataSha256: summary.dataSha256,
      faces: config.selection.faces,
      targets: config.selection.targets,
      steps: step,
      images: step * config.batchSize,
      trainMinutes: Math.round(trainedMs / 6000) / 10,
      backend: summary.backend,
    },
  };
}

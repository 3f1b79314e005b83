import type { ModernConfig } from '../config.ts';
import type { Batch } from '../data/sampler.ts';
import type { TrainedModel } from './model.ts';
import { collectNormStatistics, type LabelledFaces } from './norm-statistics.ts';
import { toPixelRange } from './steps.ts';

/** Batches that the statistics are taken from: 256 faces for each of two targets. */
export const FREEZE_BATCHES = 32;

/**
 * Freezes the generator's normalisations at the statistics of faces to be made over, drawn as for
 * steps. The generator starts again from its average, so that one set of statistics is right for
 * both: with each its own, the average would end with the generator's weights and statistics of
 * weights that are long gone; with the generator's, its own early weights would not fit them.
 */
export function freezeNorms(
  config: ModernConfig,
  model: TrainedModel,
  batches: readonly Batch[],
): void {
  model.restartFromEma();
  const faces = labelledFaces(config, batches);
  model.freezeNorms(collectNormStatistics(model.generatorConfig, model.ema, faces));
}

function* labelledFaces(config: ModernConfig, batches: readonly Batch[]): Generator<LabelledFaces> {
  const { width, height } = config.crop;
  for (const { sources, sourceLabels } of batches) {
    const x = toPixelRange(sources, [config.batchSize, height, width, 3]);
    yield { x, targets: sourceLabels };
  }
}

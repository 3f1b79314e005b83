import type { TrainConfig } from '../config.ts';
import type { Sampler } from '../data/sampler.ts';
import type { TrainedModel } from './model.ts';
import { collectNormStatistics, type LabelledFaces } from './norm-statistics.ts';
import { toPixelRange } from './steps.ts';

/** Batches that the statistics are taken from: 256 faces for each of two targets. */
const BATCHES = 32;

/**
 * Freezes the generator's normalisations at the statistics of faces to be made over, drawn as for a
 * step. The generator starts again from its average, so that one set of statistics is right for
 * both: with each its own, the average would end with the generator's weights and statistics of
 * weights that are long gone; with the generator's, its own early weights would not fit them.
 */
export function freezeNorms(config: TrainConfig, model: TrainedModel, sampler: Sampler): void {
  model.restartFromEma();
  const faces = drawFaces(config, sampler);
  model.freezeNorms(collectNormStatistics(model.generatorConfig, model.ema, faces));
}

function* drawFaces(config: TrainConfig, sampler: Sampler): Generator<LabelledFaces> {
  const { width, height } = config.crop;
  for (let i = 0; i < BATCHES; i++) {
    const { sources, sourceLabels } = sampler.next(config.batchSize);
    const x = toPixelRange(sources, [config.batchSize, height, width, 3]);
    yield { x, targets: sourceLabels };
  }
}

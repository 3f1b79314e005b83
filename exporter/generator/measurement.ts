import type { Tensor } from '../../models/contract/tensor.ts';
import type { TrainConfig } from '../../trainer/config.ts';
import { readData } from '../../trainer/data/folder-pair.ts';
import { selectPopulations } from '../../trainer/data/populations.ts';
import { createEvaluator, type Evaluator, FULL_EFFORT } from '../../trainer/evaluation/evaluate.ts';
import type { GroupSource } from '../../trainer/evaluation/groups.ts';
import { cropsOf, readCalibrationCrops } from '../variants/calibration-pictures.ts';

/** Measures a run's models, and the variants of each, on faces that training did not see. */
export interface Measurement extends Pick<Evaluator, 'evaluate' | 'compareVariants'> {
  /** Faces to calibrate a target's int8 file on, uint8 [1, h, w, 3]. */
  calibrationCrops(target: string): Promise<readonly Tensor[]>;
}

/**
 * @param groups what results are reported for
 * @param calibrationFolder aligned faces to calibrate on; those that the run trained on by default
 * @throws Error when the data set or the folder cannot be read
 */
export async function createMeasurement(
  { data, selection, crop }: TrainConfig,
  groups: GroupSource,
  calibrationFolder: string | undefined,
): Promise<Measurement> {
  const given =
    calibrationFolder === undefined
      ? undefined
      : await readCalibrationCrops(calibrationFolder, crop);
  const evaluator = await createEvaluator(data, selection, crop, console.log, FULL_EFFORT, groups);
  return {
    evaluate: (target, model) => evaluator.evaluate(target, model),
    compareVariants: (target, model, variants) =>
      evaluator.compareVariants(target, model, variants),
    calibrationCrops: async (target) => {
      if (given !== undefined) return given;
      const folder = await readData(data);
      const populations = selectPopulations(folder, selection, 0);
      const sources = populations.find(({ name }) => name === target)?.sources ?? [];
      return cropsOf(folder, sources, crop);
    },
  };
}

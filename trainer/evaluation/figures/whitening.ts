import { factorise, solveLower } from '../cholesky.ts';
import { type Features, featureRow } from '../features.ts';

/** Added to every variance, as a share of the mean variance, so that a dead feature does no harm. */
const VARIANCE_FLOOR = 1e-6;

/** A linear map after which the features it was fitted on have mean 0 and covariance 1. */
export interface Whitening {
  readonly mean: Float64Array;
  /** Lower Cholesky factor of the covariance. */
  readonly lower: readonly Float64Array[];
}

/**
 * Fits a whitening to features. It is unique up to a rotation, which no figure here sees.
 *
 * @throws Error for features without any variance
 */
export function fitWhitening(features: Features): Whitening {
  const { count, size } = features;
  const mean = new Float64Array(size);
  for (let i = 0; i < count; i++) {
    featureRow(features, i).forEach((value, j) => {
      mean[j] = (mean[j] as number) + value / count;
    });
  }
  const covariance = Array.from({ length: size }, () => new Float64Array(size));
  const centred = new Float64Array(size);
  for (let i = 0; i < count; i++) {
    featureRow(features, i).forEach((value, j) => {
      centred[j] = value - (mean[j] as number);
    });
    for (let j = 0; j < size; j++) {
      const row = covariance[j] as Float64Array;
      const scaled = (centred[j] as number) / count;
      for (let k = 0; k < size; k++) row[k] = (row[k] as number) + scaled * (centred[k] as number);
    }
  }
  const trace = covariance.reduce((sum, row, j) => sum + (row[j] as number), 0);
  covariance.forEach((row, j) => {
    row[j] = (row[j] as number) + (VARIANCE_FLOOR * trace) / size;
  });
  return { mean, lower: factorise(covariance) };
}

/** Applies a whitening; the features are not changed. */
export function whiten({ mean, lower }: Whitening, features: Features): Features {
  const { count, size } = features;
  const data = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const row = Float64Array.from(featureRow(features, i), (value, j) => value - (mean[j] ?? 0));
    solveLower(lower, row);
    data.set(row, i * size);
  }
  return { data, count, size };
}

import * as tf from '@tensorflow/tfjs';
import type { CropGeometry } from '../../../models/contract/crop.ts';
import { factorise, solveLower, solveLowerTransposed } from '../cholesky.ts';
import { JUDGES } from '../rows.ts';
import { gradientFeatures } from './gradient-features.ts';
import type { Instrument } from './instrument.ts';

/** Weight of the squared coefficients, per face; features are standardised. */
const RIDGE_PER_FACE = 0.05;

/**
 * The closed-form instrument: ridge regression from gradient histograms and coarse colour to the
 * attributes (+1 / -1). Deterministic; a second opinion of another kind than C_eval.
 *
 * @param levels training faces, uint8 RGB at crop size, [n, h, w, 3]; each is used mirrored too
 * @param labels one row per face, one value per attribute
 */
export function fitRidge(
  crop: CropGeometry,
  levels: Uint8Array,
  labels: readonly (readonly boolean[])[],
): Instrument {
  const rows = gradientFeatures(levels, labels.length, crop, true);
  const targets = [...labels, ...labels].map((row) => row.map((has) => (has ? 1 : -1)));
  const { mean, deviation, coefficients } = tf.tidy(() => {
    const x = tf.tensor2d(rows.data, [rows.count, rows.size]);
    const { mean: mu, variance } = tf.moments(x, 0);
    const sigma = tf.sqrt(tf.add(variance, 1e-8));
    const standard = tf.div<tf.Tensor2D>(tf.sub(x, mu), sigma);
    const gram = tf.matMul(standard, standard, true).arraySync() as number[][];
    const y = tf.tensor2d(targets);
    const right = tf.matMul(standard, tf.sub(y, tf.mean(y, 0)), true).arraySync() as number[][];
    gram.forEach((row, i) => {
      row[i] = (row[i] as number) + RIDGE_PER_FACE * rows.count;
    });
    const solution = solvePositive(gram, right);
    solution.push(tf.mean(y, 0).arraySync() as number[]);
    return { mean: mu.dataSync(), deviation: sigma.dataSync(), coefficients: solution };
  });
  const score = (faces: Uint8Array, count: number): number[][] =>
    tf.tidy(() => {
      const features = gradientFeatures(faces, count, crop, false);
      const x = tf.tensor2d(features.data, [features.count, features.size]);
      const standard = tf.div<tf.Tensor2D>(tf.sub(x, tf.tensor1d(mean)), tf.tensor1d(deviation));
      const weights = tf.tensor2d(coefficients.slice(0, -1));
      return tf
        .add(tf.matMul(standard, weights), tf.tensor1d(coefficients.at(-1) as number[]))
        .arraySync() as number[][];
    });
  return { name: JUDGES.ridge, score };
}

/** Solves A X = B for a symmetric positive definite A, in double. */
function solvePositive(a: number[][], b: number[][]): number[][] {
  const lower = factorise(a);
  const x = b.map((row) => [...row]);
  const columns = x[0]?.length ?? 0;
  for (let c = 0; c < columns; c++) {
    const column = Float64Array.from(x, (row) => row[c] as number);
    solveLower(lower, column);
    solveLowerTransposed(lower, column);
    x.forEach((row, i) => {
      row[c] = column[i] as number;
    });
  }
  return x;
}

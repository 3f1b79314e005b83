import * as tf from '@tensorflow/tfjs';

/**
 * One-hot rows, [n, targets]; tf.oneHot refuses a single target.
 * Throws a RangeError for a label that is no target.
 */
export function oneHotLabels(labels: ArrayLike<number>, targets: number): tf.Tensor2D {
  const rows = new Float32Array(labels.length * targets);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (!(label >= 0 && label < targets)) {
      throw new RangeError(`label ${label} is not one of ${targets} targets`);
    }
    rows[i * targets + label] = 1;
  }
  return tf.tensor2d(rows, [labels.length, targets]);
}

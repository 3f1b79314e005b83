import * as tf from '@tensorflow/tfjs';

/** Normalises every channel of a map [n, h, w, c] to mean 0 and variance 1. */
export type Normalize = (x: tf.Tensor4D) => tf.Tensor4D;

type SaveTensors = (tensors: tf.Tensor[]) => void;

/** Added to the variance; the default of the library that the 2017 project used. */
export const CLASSIC_EPSILON = 1e-3;

/**
 * Batch normalisation without scale and shift, by the statistics of the batch: as the 2017 networks
 * are trained, and, since their moving averages were never updated, as they were used.
 */
export function normalizeBatch(x: tf.Tensor4D): tf.Tensor4D {
  return normalizeGroups(x, 1);
}

/** The same by the statistics of each face alone: what the batch of one face gives, for any batch. */
export function normalizeFaces(x: tf.Tensor4D): tf.Tensor4D {
  return normalizeGroups(x, x.shape[0]);
}

/** Equal groups of faces, each by its own statistics, with the gradient in closed form. */
function normalizeGroups(x: tf.Tensor4D, groups: number): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const op = tf.customGrad((input, save) => {
    const flat = tf.reshape(input as tf.Tensor4D, [groups, (n / groups) * h * w, c]);
    const mean = tf.mean(flat, 1, true);
    const variance = tf.sub(tf.mean(tf.square(flat), 1, true), tf.square(mean));
    const inverseDeviation = tf.rsqrt(tf.add(tf.relu(variance), CLASSIC_EPSILON));
    const y = tf.sub(tf.mul(flat, inverseDeviation), tf.mul(mean, inverseDeviation));
    (save as SaveTensors)([y, inverseDeviation]);
    return {
      value: tf.reshape(y, x.shape),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [savedY, scale] = saved as [tf.Tensor, tf.Tensor];
        return tf.reshape(inputGradient(dy, savedY, scale), x.shape);
      },
    };
  });
  return op(x) as tf.Tensor4D;
}

/** dx = scale (dy - mean(dy) - y mean(dy y)), with y and scale of [groups, pixels, c]. */
function inputGradient(dy: tf.Tensor, y: tf.Tensor, scale: tf.Tensor): tf.Tensor {
  const flatDy = tf.reshape(dy, y.shape);
  const meanDy = tf.mean(flatDy, 1, true);
  const meanDyY = tf.mean(tf.mul(flatDy, y), 1, true);
  const slope = tf.mul(y, tf.mul(meanDyY, scale));
  return tf.sub(tf.sub(tf.mul(flatDy, scale), slope), tf.mul(meanDy, scale));
}

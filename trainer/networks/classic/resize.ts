import * as tf from '@tensorflow/tfjs';

/**
 * Mean of 2x2 px; an odd last row or column is dropped. Its gradient is an enlargement, which is
 * faster than AvgPoolGrad.
 *
 * @param x [n, h, w, c]
 * @returns [n, floor(h / 2), floor(w / 2), c]
 */
export function halve(x: tf.Tensor4D): tf.Tensor4D {
  const [, h, w] = x.shape;
  const op = tf.customGrad((input) => ({
    value: tf.avgPool(input as tf.Tensor4D, 2, 2, 'valid'),
    gradFunc: (dy: tf.Tensor) => {
      const spread = tf.div<tf.Tensor4D>(enlarge(dy as tf.Tensor4D), 4);
      return h % 2 === 0 && w % 2 === 0
        ? spread
        : tf.pad4d(spread, [
            [0, 0],
            [0, h % 2],
            [0, w % 2],
            [0, 0],
          ]);
    },
  }));
  return op(x) as tf.Tensor4D;
}

/**
 * Every pixel four times. Its gradient is a sum of 2x2 px; tf.js's own is wrong on its pure
 * JavaScript backend.
 *
 * @param x [n, h, w, c]
 * @returns [n, 2h, 2w, c]
 */
export function double(x: tf.Tensor4D): tf.Tensor4D {
  const op = tf.customGrad((input) => ({
    value: enlarge(input as tf.Tensor4D),
    gradFunc: (dy: tf.Tensor) => tf.mul(tf.avgPool(dy as tf.Tensor4D, 2, 2, 'valid'), 4),
  }));
  return op(x) as tf.Tensor4D;
}

function enlarge(x: tf.Tensor4D): tf.Tensor4D {
  return tf.image.resizeNearestNeighbor(x, [2 * x.shape[1], 2 * x.shape[2]]);
}

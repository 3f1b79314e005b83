import * as tf from '@tensorflow/tfjs';
import { abs } from '../networks/ops.ts';

/** Side of the squares whose means the low-pass loss compares, in px. */
const LOWPASS_SIZE = 4;

/** Weights of red, green and blue in the luma (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114];

/** One logit per face: the one of its label. [n, targets] x one-hot [n, targets] -> [n] */
export function pickLogits(logits: tf.Tensor2D, labels: tf.Tensor2D): tf.Tensor1D {
  return tf.sum(tf.mul(logits, labels), 1);
}

/** Non-saturating loss of faces that should pass as real: mean softplus(-logit). */
export function realLoss(logits: tf.Tensor): tf.Scalar {
  return tf.mean(tf.softplus(tf.neg(logits)));
}

/** Loss of faces that should be rejected: mean softplus(logit). */
export function fakeLoss(logits: tf.Tensor): tf.Scalar {
  return tf.mean(tf.softplus(logits));
}

/** Rejection of real faces under every name but their own; logits and labels [n, targets]. */
export function mismatchLoss(logits: tf.Tensor2D, labels: tf.Tensor2D): tf.Scalar {
  const others = tf.sub(1, labels);
  return tf.div(tf.sum(tf.mul(tf.softplus(logits), others)), tf.sum(others));
}

/** Mean absolute 4x4 mean of a change [n, h, w, 3]: anchors colour and light, leaves texture free. */
export function lowpassLoss(change: tf.Tensor4D): tf.Scalar {
  return tf.mean(abs(tf.avgPool(change, LOWPASS_SIZE, LOWPASS_SIZE, 'valid')));
}

/** As `lowpassLoss`, for the colour without the light: what shows as smudges and casts on skin. */
export function chromaLoss(change: tf.Tensor4D): tf.Scalar {
  const luma = tf.sum(tf.mul(change, tf.tensor1d(LUMA)), 3, true);
  return lowpassLoss(tf.sub(change, luma));
}

/**
 * Mean absolute change where the face's mask lets little or nothing through, so that nothing is
 * invented that the blend would cut in half.
 *
 * @param outside 1 - mask, [1, h, w, 1]
 */
export function outsideLoss(change: tf.Tensor4D, outside: tf.Tensor4D): tf.Scalar {
  const weighted = tf.mean(tf.mul(abs(change), outside));
  return tf.div(weighted, tf.mean(outside));
}

/** Mean absolute value of a change. */
export function l1Loss(change: tf.Tensor): tf.Scalar {
  return tf.mean(abs(change));
}

/** Mean squared excess over the pixel range [-1, 1]. */
export function overshootLoss(y: tf.Tensor): tf.Scalar {
  return tf.mean(tf.square(tf.relu(tf.sub(abs(y), 1))));
}

/**
 * Mean over faces of the squared gradient norm of the discriminator's logit (Mescheder et al., 2018,
 * "Which Training Methods for GANs do actually Converge?").
 *
 * @param logit the sum over faces of the logits of `reals`
 */
export function r1Penalty(logit: (x: tf.Tensor4D) => tf.Scalar, reals: tf.Tensor4D): tf.Scalar {
  const gradient = tf.grad((x: tf.Tensor) => logit(x as tf.Tensor4D))(reals);
  return tf.div(tf.sum(tf.square(gradient)), reals.shape[0]);
}

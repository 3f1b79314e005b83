import * as tf from '@tensorflow/tfjs';
import type { Random } from '../random.ts';
import { leakyRelu } from './ops.ts';
import { ParameterBuilder, type ParameterValues, type Weights, weight } from './parameters.ts';

export interface DiscriminatorConfig {
  /** Channels after each 4x4 convolution of stride 2. */
  readonly widths: readonly number[];
  /** Channels of the last 3x3 convolution. */
  readonly top: number;
  /** Number of target populations, one logit each. */
  readonly targets: number;
  /** Input size in px. */
  readonly height: number;
  readonly width: number;
}

const SLOPE = 0.2;
/** Samples that share one standard deviation map (Karras et al., 2018). */
const DEVIATION_GROUP = 4;

/** Initial weights; see `discriminate`. */
export function initDiscriminator(config: DiscriminatorConfig, random: Random): ParameterValues {
  const build = new ParameterBuilder(random);
  let channels = 3;
  config.widths.forEach((width, i) => {
    build.kernel(`down${i}/kernel`, [4, 4, channels, width]);
    build.constant(`down${i}/bias`, [width], 0);
    channels = width;
  });
  build.kernel('top/kernel', [3, 3, channels + 1, config.top]);
  build.constant('top/bias', [config.top], 0);
  const [h, w] = topSize(config);
  build.normal(
    'logits/kernel',
    [h * w * config.top, config.targets],
    1 / Math.sqrt(h * w * config.top),
  );
  build.constant('logits/bias', [config.targets], 0);
  return build.values;
}

/**
 * One logit per target population: does this look like a real face of that population?
 * No normalisation, since R1 (Mescheder et al., 2018) keeps it smooth; every operation can be
 * differentiated twice, which R1 needs.
 *
 * @param x faces in [-1, 1], [n, h, w, 3], n a multiple of 4 or less than 4
 * @returns [n, targets]
 */
export function discriminate(
  config: DiscriminatorConfig,
  weights: Weights,
  x: tf.Tensor4D,
): tf.Tensor2D {
  let h = x;
  config.widths.forEach((_, i) => {
    const conv = tf.conv2d(h, weight<tf.Tensor4D>(weights, `down${i}/kernel`), 2, 'same');
    h = leakyRelu(tf.add<tf.Tensor4D>(conv, weight(weights, `down${i}/bias`)), SLOPE);
  });
  const spread = tf.concat([h, deviationMap(h)], 3);
  const top = tf.conv2d(spread, weight<tf.Tensor4D>(weights, 'top/kernel'), 1, 'same');
  const flat = tf.reshape(leakyRelu(tf.add(top, weight(weights, 'top/bias')), SLOPE), [
    x.shape[0],
    -1,
  ]);
  return tf.add(
    tf.matMul(flat as tf.Tensor2D, weight<tf.Tensor2D>(weights, 'logits/kernel')),
    weight(weights, 'logits/bias'),
  );
}

/** Mean standard deviation over groups of samples as one more channel: [n, h, w, 1]. */
function deviationMap(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const group = Math.min(DEVIATION_GROUP, n);
  if (n % group !== 0) {
    throw new RangeError(`the discriminator takes batches of a multiple of ${group}, got ${n}`);
  }
  const grouped = tf.reshape(x, [group, n / group, h * w * c]);
  const centred = tf.sub(grouped, tf.mean(grouped, 0, true));
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), 0), 1e-8));
  const perGroup = tf.reshape(tf.mean(deviation, 1), [1, n / group, 1]);
  const perSample = tf.reshape(tf.mul(perGroup, tf.ones([group, 1, h * w])), [n, h, w, 1]);
  return perSample as tf.Tensor4D;
}

function topSize(config: DiscriminatorConfig): [number, number] {
  const halvings = config.widths.length;
  const halve = (size: number): number => {
    let result = size;
    for (let i = 0; i < halvings; i++) result = Math.ceil(result / 2);
    return result;
  };
  return [halve(config.height), halve(config.width)];
}

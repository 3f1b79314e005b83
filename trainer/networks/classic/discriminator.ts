import * as tf from '@tensorflow/tfjs';
import type { Random } from '../../random.ts';
import { leakyRelu } from '../ops.ts';
import { ParameterBuilder, type ParameterValues, type Weights } from '../parameters.ts';
import { convolve, initIdentity, initStages, runStages, type Stage } from './layers.ts';
import { normalizeBatch } from './normalization.ts';
import { halve } from './resize.ts';

export interface ClassicDiscriminatorConfig {
  /** Channels of the layers or stages; between them the size is halved, but see each network. */
  readonly widths: readonly number[];
}

const SLOPE = 0.2;

function discriminatorStages({ widths }: ClassicDiscriminatorConfig): Stage[] {
  return widths.map((channels, i) => ({
    name: `stage${i}`,
    resize: i === 0 ? 'keep' : 'halve',
    channels,
    blocks: 1,
    kernel: 3,
  }));
}

/** Initial weights of the discriminator of the 2017 README. */
export function initClassicDiscriminator(
  config: ClassicDiscriminatorConfig,
  random: Random,
): ParameterValues {
  const build = new ParameterBuilder(random);
  const channels = initStages(build, discriminatorStages(config), 3);
  initIdentity(build, 'logit', [1, 1, channels, 1]);
  return build.values;
}

/**
 * The discriminator of the 2017 README, a residual network: real or made over? Its statistics are
 * those of the batch, so that real and made-over faces take a pass each.
 *
 * @param x faces in [0, 1], [n, h, w, 3]
 * @returns logits, [n]
 */
export function classicDiscriminate(
  config: ClassicDiscriminatorConfig,
  weights: Weights,
  x: tf.Tensor4D,
): tf.Tensor1D {
  const h = runStages(weights, discriminatorStages(config), centre(x), normalizeBatch);
  return tf.mean(convolve(weights, 'logit', h), [1, 2, 3]);
}

/** Initial weights of the critic of the last commit of 2017. */
export function initClassicCritic(
  { widths }: ClassicDiscriminatorConfig,
  random: Random,
): ParameterValues {
  const build = new ParameterBuilder(random);
  let channels = 3;
  widths.forEach((width, i) => {
    initIdentity(build, `conv${i}`, [3, 3, channels, width]);
    channels = width;
  });
  initIdentity(build, 'score', [3, 3, channels, 1]);
  return build.values;
}

/**
 * The critic of the last commit of 2017: normalised, rectified and convolved, all but the last of
 * its layers halved.
 *
 * @param x faces in [0, 1], [n, h, w, 3]
 * @returns scores, higher for real faces, [n]
 */
export function classicCriticize(
  { widths }: ClassicDiscriminatorConfig,
  weights: Weights,
  x: tf.Tensor4D,
): tf.Tensor1D {
  let h = centre(x);
  widths.forEach((_, i) => {
    h = convolve(weights, `conv${i}`, leakyRelu(normalizeBatch(h), SLOPE));
    if (i < widths.length - 1) h = halve(h);
  });
  return tf.mean(convolve(weights, 'score', leakyRelu(h, SLOPE)), [1, 2, 3]);
}

function centre(x: tf.Tensor4D): tf.Tensor4D {
  return tf.sub(tf.mul(x, 2), 1);
}

import * as tf from '@tensorflow/tfjs';
import type { Random } from '../../random.ts';
import { ParameterBuilder, type ParameterValues, type Weights } from '../parameters.ts';
import { convolve, initIdentity, initStages, runStages, type Stage } from './layers.ts';
import type { Normalize } from './normalization.ts';

export interface ClassicGeneratorConfig {
  /** Channels of the encoder at full and half size, of the decoder at quarter, half and full size. */
  readonly widths: readonly [number, number, number, number, number];
  /** Side of the last block's kernels: 1 for the 2017 README's network, 3 for the last commit's. */
  readonly lastKernel: 1 | 3;
}

/** The picture is 0.5 + OUTPUT_RANGE (sigmoid - 0.5), so that black and white are within reach. */
export const OUTPUT_RANGE = 1.1;

/** The residual stages between the picture and the last convolution, `rgb`. */
export function generatorStages({ widths, lastKernel }: ClassicGeneratorConfig): Stage[] {
  const [full, half, quarter, upHalf, upFull] = widths;
  return [
    { name: 'encode0', resize: 'keep', channels: full, blocks: 1, kernel: 3 },
    { name: 'encode1', resize: 'halve', channels: half, blocks: 1, kernel: 3 },
    { name: 'decode2', resize: 'halve', channels: quarter, blocks: 2, kernel: 3 },
    { name: 'decode1', resize: 'double', channels: upHalf, blocks: 2, kernel: 3 },
    { name: 'decode0', resize: 'double', channels: upFull, blocks: 1, kernel: 3 },
    { name: 'last', resize: 'keep', channels: upFull, blocks: 1, kernel: lastKernel },
  ];
}

/** Initial weights of the 2017 generator. */
export function initClassicGenerator(
  config: ClassicGeneratorConfig,
  random: Random,
): ParameterValues {
  const build = new ParameterBuilder(random);
  const channels = initStages(build, generatorStages(config), 3);
  initIdentity(build, 'rgb', [1, 1, channels, 3]);
  return build.values;
}

/**
 * The 2017 generator: draws the made-over face anew, without adding it to the source.
 *
 * @param x faces in [0, 1], [n, h, w, 3], h and w multiples of 4
 * @param normalize by the batch in training, by the face else
 * @returns faces in [-0.05, 1.05], [n, h, w, 3]
 */
export function classicFaces(
  config: ClassicGeneratorConfig,
  weights: Weights,
  x: tf.Tensor4D,
  normalize: Normalize,
): tf.Tensor4D {
  const centred = tf.sub<tf.Tensor4D>(tf.mul(x, 2), 1);
  const h = runStages(weights, generatorStages(config), centred, normalize);
  const picture = tf.sigmoid(convolve(weights, 'rgb', h));
  return tf.add(tf.mul(tf.sub(picture, 0.5), OUTPUT_RANGE), 0.5);
}

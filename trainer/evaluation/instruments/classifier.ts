import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs';
import { leakyRelu } from '../../networks/ops.ts';
import {
  ParameterBuilder,
  type ParameterValues,
  type Weights,
  weight,
} from '../../networks/parameters.ts';
import type { Random } from '../../random.ts';

export interface ClassifierConfig {
  /** Channels after each 4x4 convolution of stride 2. */
  readonly widths: readonly number[];
  readonly embedding: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly labelSmoothing: number;
  /** Faces are shifted by up to this many px of the crop in each direction. */
  readonly shift: number;
  readonly seed: number;
}

/**
 * C_eval, the small network that measures makeovers: trained on split 0, never part of a loss, with
 * a configuration that is frozen, its hash named beside its figures. It sees faces at half the size
 * of the crop, so that fine traces of a generator do not decide.
 */
export const C_EVAL: ClassifierConfig = {
  widths: [48, 96, 128],
  embedding: 128,
  epochs: 20,
  batchSize: 64,
  learningRate: 1e-3,
  labelSmoothing: 0.05,
  shift: 10,
  seed: 2017,
};

export function hashClassifierConfig(config: ClassifierConfig): string {
  return createHash('sha256').update(JSON.stringify(config)).digest('hex');
}

/** @param size of the faces that the classifier sees, half that of the crop */
export function initClassifier(
  config: ClassifierConfig,
  size: { readonly height: number; readonly width: number },
  attributes: number,
  random: Random,
): ParameterValues {
  const build = new ParameterBuilder(random);
  let { height, width } = size;
  let channels = 3;
  config.widths.forEach((wide, i) => {
    build.kernel(`conv${i}/kernel`, [4, 4, channels, wide]);
    build.constant(`conv${i}/bias`, [wide], 0);
    channels = wide;
    height = Math.ceil(height / 2);
    width = Math.ceil(width / 2);
  });
  const flat = height * width * channels;
  build.normal('embedding/kernel', [flat, config.embedding], Math.sqrt(2 / flat));
  build.constant('embedding/bias', [config.embedding], 0);
  build.normal('logits/kernel', [config.embedding, attributes], Math.sqrt(1 / config.embedding));
  build.constant('logits/bias', [attributes], 0);
  return build.values;
}

/**
 * @param x faces in [-1, 1], [n, h / 2, w / 2, 3]
 * @returns one logit per attribute, [n, attributes]
 */
export function classify(config: ClassifierConfig, weights: Weights, x: tf.Tensor4D): tf.Tensor2D {
  return dense(leakyRelu(embed(config, weights, x), 0.1), weights, 'logits');
}

/**
 * @param x faces in [-1, 1], [n, h / 2, w / 2, 3]
 * @returns the embedding that the logits are read from, before its activation, [n, embedding]
 */
export function embed(config: ClassifierConfig, weights: Weights, x: tf.Tensor4D): tf.Tensor2D {
  let h = x;
  config.widths.forEach((_, i) => {
    const kernel = weight<tf.Tensor4D>(weights, `conv${i}/kernel`);
    const conv = tf.conv2d(h, kernel, 2, 'same');
    h = leakyRelu(tf.add<tf.Tensor4D>(conv, weight(weights, `conv${i}/bias`)), 0.1);
  });
  return dense(tf.reshape<tf.Rank.R2>(h, [x.shape[0], -1]), weights, 'embedding');
}

function dense(input: tf.Tensor2D, weights: Weights, name: string): tf.Tensor2D {
  const product = tf.matMul(input, weight<tf.Tensor2D>(weights, `${name}/kernel`));
  return tf.add(product, weight(weights, `${name}/bias`));
}

/** Mean of each 2x2 square: uint8 RGB [2h, 2w, 3] to [h, w, 3]. */
export function halve(levels: Uint8Array, width: number, height: number): Uint8Array {
  const halfWidth = width / 2;
  const out = new Uint8Array((halfWidth * height * 3) / 2);
  for (let y = 0; y < height / 2; y++) {
    for (let x = 0; x < halfWidth; x++) {
      for (let c = 0; c < 3; c++) {
        const top = (2 * y * width + 2 * x) * 3 + c;
        const bottom = top + width * 3;
        const sum =
          (levels[top] as number) +
          (levels[top + 3] as number) +
          (levels[bottom] as number) +
          (levels[bottom + 3] as number);
        out[(y * halfWidth + x) * 3 + c] = (sum + 2) >> 2;
      }
    }
  }
  return out;
}

import * as tf from '@tensorflow/tfjs';
import { relu } from '../ops.ts';
import { type ParameterBuilder, type Weights, weight } from '../parameters.ts';
import type { Normalize } from './normalization.ts';
import { double, halve } from './resize.ts';

/** A row of residual blocks of one width, after a change of size. */
export interface Stage {
  readonly name: string;
  readonly resize: 'keep' | 'halve' | 'double';
  readonly channels: number;
  readonly blocks: number;
  /** Side of the blocks' kernels. */
  readonly kernel: 1 | 3;
}

/** Convolutions of a residual block. */
export const BLOCK_CONVS = ['conv1', 'conv2'] as const;

/** Names of a stage's residual blocks. */
export function blockNames({ name, blocks }: Stage): string[] {
  return Array.from({ length: blocks }, (_, i) => `${name}/block${i + 1}`);
}

/**
 * Initial weights of stages. A block's convolutions are nearly zero, so that it starts near the
 * identity; where the number of channels changes, a 1x1 convolution starts near it.
 *
 * @param channels of the first stage's input
 * @returns channels of the last stage
 */
export function initStages(
  build: ParameterBuilder,
  stages: readonly Stage[],
  channels: number,
): number {
  let inputs = channels;
  for (const stage of stages) {
    if (inputs !== stage.channels) {
      initIdentity(build, `${stage.name}/project`, [1, 1, inputs, stage.channels]);
    }
    inputs = stage.channels;
    for (const block of blockNames(stage)) {
      for (const conv of BLOCK_CONVS) {
        initSmall(build, `${block}/${conv}`, [stage.kernel, stage.kernel, inputs, inputs]);
      }
    }
  }
  return inputs;
}

type KernelShape = readonly [number, number, number, number];

function initSmall(build: ParameterBuilder, name: string, shape: KernelShape): Float32Array {
  const [height, width, inputs, outputs] = shape;
  build.constant(`${name}/bias`, [outputs], 0);
  return build.uniform(`${name}/kernel`, shape, 0.1 / (height * width * inputs * outputs));
}

/** Nearly zero, plus 1 from every channel to itself at the kernel's centre. */
export function initIdentity(build: ParameterBuilder, name: string, shape: KernelShape): void {
  const [height, width, inputs, outputs] = shape;
  const kernel = initSmall(build, name, shape);
  const centre = (((height - 1) / 2) * width + (width - 1) / 2) * inputs * outputs;
  for (let i = 0; i < Math.min(inputs, outputs); i++) {
    const index = centre + i * outputs + i;
    kernel[index] = (kernel[index] as number) + 1;
  }
}

/** A convolution of stride 1 with SAME padding and a bias. */
export function convolve(weights: Weights, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const kernel = weight<tf.Tensor4D>(weights, `${name}/kernel`);
  return tf.add(tf.conv2d(x, kernel, 1, 'same'), weight(weights, `${name}/bias`));
}

/** Runs stages as `initStages` made them, [n, h, w, c]. */
export function runStages(
  weights: Weights,
  stages: readonly Stage[],
  x: tf.Tensor4D,
  normalize: Normalize,
): tf.Tensor4D {
  let h = x;
  for (const stage of stages) {
    if (stage.resize === 'halve') h = halve(h);
    if (h.shape[3] !== stage.channels) h = convolve(weights, `${stage.name}/project`, h);
    // After the projection: the same values as before it, from a quarter of the pixels.
    if (stage.resize === 'double') h = double(h);
    for (const block of blockNames(stage)) {
      h = normalize(h);
      for (const conv of BLOCK_CONVS) {
        h = tf.add(h, convolve(weights, `${block}/${conv}`, relu(h)));
      }
    }
  }
  return h;
}

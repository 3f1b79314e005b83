import * as tf from '@tensorflow/tfjs';
import type { Random } from '../random.ts';
import { conv2d, instanceNorm, relu, upsampleConv2d } from './ops.ts';
import { ParameterBuilder, type ParameterValues, type Weights, weight } from './parameters.ts';

export interface GeneratorConfig {
  /** Channels at full, half and quarter size. */
  readonly widths: readonly [number, number, number];
  /** Residual blocks at quarter size. */
  readonly blocks: number;
  /** Number of target populations; each has its own scales and shifts after the normalisations. */
  readonly targets: number;
}

/** Residual blocks start as 0.3 of themselves, so that the trunk starts near the identity. */
const BLOCK_SCALE = 0.3;
/** Standard deviation of the head's kernel: the untrained generator returns its input nearly. */
const HEAD_DEVIATION = 0.002;

/**
 * Initial weights of the `modern` generator. Convolutions in front of a normalisation have no bias,
 * since the normalisation would remove it.
 */
export function initGenerator(config: GeneratorConfig, random: Random): ParameterValues {
  const [full, half, quarter] = config.widths;
  const build = new ParameterBuilder(random);
  const film = (name: string, channels: number): void => {
    build.constant(`${name}/gain`, [config.targets, channels], 1);
    build.constant(`${name}/shift`, [config.targets, channels], 0);
  };
  build.kernel('stem/kernel', [3, 3, 3, full]);
  build.constant('stem/bias', [full], 0);
  build.kernel('down1/kernel', [4, 4, full, half]);
  build.kernel('down2/kernel', [4, 4, half, quarter]);
  for (let i = 1; i <= config.blocks; i++) {
    build.kernel(`block${i}/conv1/kernel`, [3, 3, quarter, quarter]);
    film(`block${i}/norm1`, quarter);
    build.kernel(`block${i}/conv2/kernel`, [3, 3, quarter, quarter]);
    film(`block${i}/norm2`, quarter);
    build.constant(`block${i}/scale`, [], BLOCK_SCALE);
  }
  build.kernel('up1/kernel', [3, 3, quarter, half]);
  build.kernel('skip1/kernel', [1, 1, half, half]);
  film('up1/norm', half);
  build.kernel('refine1/kernel', [3, 3, half, half]);
  film('refine1/norm', half);
  build.kernel('up0/kernel', [3, 3, half, full]);
  build.kernel('skip0/kernel', [1, 1, full, full]);
  film('up0/norm', full);
  build.normal('head/kernel', [3, 3, full, 3], HEAD_DEVIATION);
  build.constant('head/bias', [3], 0);
  return build.values;
}

/**
 * The change that the generator makes, tanh(head), in [-1, 1] at a pixel range of [-1, 1]:
 * the made-over face is x + change.
 *
 * @param weights as made by `initGenerator`
 * @param x faces in [-1, 1], [n, h, w, 3], h and w multiples of 4
 * @param labels one-hot target per face, [n, targets]
 * @returns [n, h, w, 3]
 */
export function generatorChange(
  config: GeneratorConfig,
  weights: Weights,
  x: tf.Tensor4D,
  labels: tf.Tensor2D,
): tf.Tensor4D {
  const kernel = (name: string): tf.Tensor4D => weight(weights, `${name}/kernel`);
  const film = (name: string, h: tf.Tensor4D): tf.Tensor4D =>
    instanceNorm(
      h,
      tf.matMul(labels, weight<tf.Tensor2D>(weights, `${name}/gain`)),
      tf.matMul(labels, weight<tf.Tensor2D>(weights, `${name}/shift`)),
    );
  const down = (name: string, h: tf.Tensor4D): tf.Tensor4D =>
    relu(plainNorm(tf.conv2d(h, kernel(name), 2, 'same')));

  const stem = relu(tf.add<tf.Tensor4D>(conv2d(x, kernel('stem')), weight(weights, 'stem/bias')));
  const half = down('down1', stem);
  let h = down('down2', half);
  for (let i = 1; i <= config.blocks; i++) {
    const inner = relu(film(`block${i}/norm1`, conv2d(h, kernel(`block${i}/conv1`))));
    const outer = film(`block${i}/norm2`, conv2d(inner, kernel(`block${i}/conv2`)));
    h = tf.add(h, tf.mul(outer, weight(weights, `block${i}/scale`)));
  }
  const up1 = tf.add(upsampleConv2d(h, kernel('up1')), conv2d(half, kernel('skip1')));
  h = relu(film('up1/norm', up1 as tf.Tensor4D));
  h = relu(film('refine1/norm', conv2d(h, kernel('refine1'))));
  const up0 = tf.add(upsampleConv2d(h, kernel('up0')), conv2d(stem, kernel('skip0')));
  h = relu(film('up0/norm', up0 as tf.Tensor4D));
  return tf.tanh(tf.add(conv2d(h, kernel('head')), weight(weights, 'head/bias')));
}

function plainNorm(x: tf.Tensor4D): tf.Tensor4D {
  const shape: [number, number] = [x.shape[0], x.shape[3]];
  return instanceNorm(x, tf.ones(shape), tf.zeros(shape));
}

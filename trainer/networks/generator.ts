import * as tf from '@tensorflow/tfjs';
import type { Random } from '../random.ts';
import { frozenNorm, instanceNorm, relu, upsampleConv2d } from './ops.ts';
import { ParameterBuilder, type ParameterValues, type Weights, weight } from './parameters.ts';

export interface GeneratorConfig {
  /** Channels at full, half and quarter size. */
  readonly widths: readonly [number, number, number];
  /** Residual blocks at quarter size. */
  readonly blocks: number;
  /** Number of target populations; each has its own scales and shifts after the normalisations. */
  readonly targets: number;
}

/**
 * Weights that a normalisation has when it is frozen, below its name: the statistics that it uses
 * instead of the sample's own. They are not trained.
 */
export const FROZEN_MEAN = 'frozen-mean';
export const FROZEN_VARIANCE = 'frozen-variance';

/** Told what goes into each normalisation, by its name. */
export type NormObserver = (name: string, input: tf.Tensor4D) => void;

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
 * Shapes of the statistics that every normalisation takes when it is frozen: [targets, c], but [c]
 * on the way down, where the network does not know the target yet.
 */
export function frozenShapes({ widths, blocks, targets }: GeneratorConfig): Map<string, number[]> {
  const [full, half, quarter] = widths;
  const shapes = new Map([
    ['down1/norm', [half]],
    ['down2/norm', [quarter]],
  ]);
  for (let i = 1; i <= blocks; i++) {
    shapes.set(`block${i}/norm1`, [targets, quarter]);
    shapes.set(`block${i}/norm2`, [targets, quarter]);
  }
  shapes.set('up1/norm', [targets, half]);
  shapes.set('refine1/norm', [targets, half]);
  shapes.set('up0/norm', [targets, full]);
  return shapes;
}

/**
 * The change that the generator makes, tanh(head), in [-1, 1] at a pixel range of [-1, 1]:
 * the made-over face is x + change. A normalisation whose weights hold frozen statistics uses them.
 *
 * @param weights as made by `initGenerator`
 * @param x faces in [-1, 1], [n, h, w, 3], h and w multiples of 4
 * @param labels one-hot target per face, [n, targets]
 * @param observe for statistics over faces
 * @returns [n, h, w, 3]
 */
export function generatorChange(
  config: GeneratorConfig,
  weights: Weights,
  x: tf.Tensor4D,
  labels: tf.Tensor2D,
  observe?: NormObserver,
): tf.Tensor4D {
  const kernel = (name: string): tf.Tensor4D => weight(weights, `${name}/kernel`);
  const conv = (name: string, h: tf.Tensor4D): tf.Tensor4D => tf.conv2d(h, kernel(name), 1, 'same');
  const films = filmRows(weights, labels);
  const film = (name: string, h: tf.Tensor4D, factor?: tf.Tensor): tf.Tensor4D => {
    observe?.(name, h);
    return filmNorm(films, name, h, factor);
  };
  const down = (name: string, h: tf.Tensor4D): tf.Tensor4D => {
    const halved = tf.conv2d(h, kernel(name), 2, 'same');
    observe?.(`${name}/norm`, halved);
    return relu(plainNorm(weights, `${name}/norm`, halved));
  };

  const stem = relu(tf.add<tf.Tensor4D>(conv('stem', x), weight(weights, 'stem/bias')));
  const half = down('down1', stem);
  let h = down('down2', half);
  for (let i = 1; i <= config.blocks; i++) {
    const inner = relu(film(`block${i}/norm1`, conv(`block${i}/conv1`, h)));
    const outer = conv(`block${i}/conv2`, inner);
    h = tf.add(h, film(`block${i}/norm2`, outer, weight(weights, `block${i}/scale`)));
  }
  const up1 = tf.add(upsampleConv2d(h, kernel('up1')), conv('skip1', half));
  h = relu(film('up1/norm', up1 as tf.Tensor4D));
  h = relu(film('refine1/norm', conv('refine1', h)));
  const up0 = tf.add(upsampleConv2d(h, kernel('up0')), conv('skip0', stem));
  h = relu(film('up0/norm', up0 as tf.Tensor4D));
  return tf.tanh(tf.add(conv('head', h), weight(weights, 'head/bias')));
}

/**
 * The scales, shifts and frozen statistics of every normalisation that has its own for each target,
 * [n, c] by name: looked up for all of them in one product with the labels, since a step spends more
 * time on starting small operations than on their work.
 */
function filmRows(weights: Weights, labels: tf.Tensor2D): Map<string, tf.Tensor2D> {
  const names = [...weights.keys()].filter((name) => {
    const norm = name.slice(0, name.lastIndexOf('/'));
    return weights.has(`${norm}/gain`);
  });
  const tables = names.map((name) => weight<tf.Tensor2D>(weights, name));
  const rows = tf.split<tf.Tensor2D>(
    tf.matMul(labels, tf.concat(tables, 1)),
    tables.map((table) => table.shape[1]),
    1,
  );
  return new Map(names.map((name, i) => [name, rows[i] as tf.Tensor2D]));
}

/**
 * Normalisation with the scales and shifts of each face's target, times `factor`, which costs nothing
 * on them and a pass over the maps elsewhere.
 */
function filmNorm(
  films: ReadonlyMap<string, tf.Tensor2D>,
  name: string,
  x: tf.Tensor4D,
  factor: tf.Tensor | undefined,
): tf.Tensor4D {
  const rows = (part: string): tf.Tensor2D => weight(films, `${name}/${part}`);
  const scaled = (part: string): tf.Tensor2D =>
    factor === undefined ? rows(part) : tf.mul(rows(part), factor);
  const [gain, shift] = [scaled('gain'), scaled('shift')];
  if (!films.has(`${name}/${FROZEN_MEAN}`)) return instanceNorm(x, gain, shift);
  return frozenNorm(x, rows(FROZEN_MEAN), rows(FROZEN_VARIANCE), gain, shift);
}

/** Normalisation without scales and shifts. */
function plainNorm(weights: Weights, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const shape: [number, number] = [x.shape[0], x.shape[3]];
  const [gain, shift] = [tf.ones<tf.Rank.R2>(shape), tf.zeros<tf.Rank.R2>(shape)];
  if (!weights.has(`${name}/${FROZEN_MEAN}`)) return instanceNorm(x, gain, shift);
  const rows = (part: string): tf.Tensor2D =>
    tf.broadcastTo<tf.Rank.R2>(weight(weights, `${name}/${part}`), shape);
  return frozenNorm(x, rows(FROZEN_MEAN), rows(FROZEN_VARIANCE), gain, shift);
}

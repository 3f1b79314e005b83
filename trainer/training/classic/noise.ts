import * as tf from '@tensorflow/tfjs';
import { Random } from '../../random.ts';

/** The normal distribution is cut at so many standard deviations. */
const LIMIT = 2;
/** One quantile for each 16-bit number. */
const QUANTILES = 0x1_0000;
/** Sets the noise of a seed apart from its weights and its sampler. */
const STREAM = 0x6e6f6973;
/** Larger than the steps of any run, so that no two seeds share a step's noise. */
const STEPS = 1_000_003;

/**
 * Truncated normal noise, which depends on the seed and the step alone, so that a resumed run needs
 * no stored state. Values are looked up in a table, since drawing them takes 20 times as long.
 */
export class TruncatedNoise {
  readonly #quantiles = truncatedQuantiles();
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** @param deviation of the normal distribution before it is cut at twice that */
  draw(shape: [number, number, number, number], deviation: number, step: number): tf.Tensor4D {
    const random = new Random(STREAM + this.#seed * STEPS + step);
    const values = new Float32Array(shape.reduce((size, dim) => size * dim, 1));
    for (let i = 0; i < values.length; i += 2) {
      const bits = random.uint32();
      values[i] = deviation * (this.#quantiles[bits & 0xffff] as number);
      if (i + 1 < values.length)
        values[i + 1] = deviation * (this.#quantiles[bits >>> 16] as number);
    }
    return tf.tensor4d(values, shape);
  }
}

/**
 * The quantiles (i + 0.5) / QUANTILES of the standard normal distribution between -2 and 2, by summing
 * its density over a fine grid and inverting the sum.
 */
function truncatedQuantiles(): Float32Array {
  const cells = 8 * QUANTILES;
  const width = (2 * LIMIT) / cells;
  const density = (cell: number): number => Math.exp(-((-LIMIT + (cell + 0.5) * width) ** 2) / 2);
  let total = 0;
  for (let cell = 0; cell < cells; cell++) total += density(cell);
  const quantiles = new Float32Array(QUANTILES);
  let below = 0;
  let i = 0;
  for (let cell = 0; cell < cells; cell++) {
    const share = density(cell) / total;
    for (; i < QUANTILES && (i + 0.5) / QUANTILES <= below + share; i++) {
      const within = ((i + 0.5) / QUANTILES - below) / share;
      quantiles[i] = -LIMIT + (cell + within) * width;
    }
    below += share;
  }
  return quantiles;
}

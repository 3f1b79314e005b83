import * as tf from '@tensorflow/tfjs';
import { Random } from '../../random.ts';
import type { Features } from '../features.ts';
import { type Spread, spreadOf } from './kernel-distance.ts';

const CHANNELS = 3;
/** Cumulative distributions are compared at this many places. */
const BINS = 1 << 14;

/** How thoroughly the distance is estimated. */
export interface Slicing {
  /** Patches of each face and level. */
  readonly patches: number;
  readonly projections: number;
  /** Independent sets of projections; their spread is reported. */
  readonly repetitions: number;
}

/**
 * Sliced Wasserstein distance of two sets of patches (Karras et al., 2018), times 1000: the mean
 * distance along random directions, after each colour channel is brought to the mean and deviation
 * of the reference.
 *
 * @param reference patches of real faces, RGB interleaved
 */
export function slicedWasserstein(
  reference: Features,
  patches: Features,
  { projections, repetitions }: Slicing,
): Spread {
  const scaling = channelScaling(reference);
  const distances = tf.tidy(() => {
    const [a, b] = [reference, patches].map(({ data, count, size }) =>
      tf.tensor2d(scaleChannels(data, scaling), [count, size]),
    ) as [tf.Tensor2D, tf.Tensor2D];
    return Array.from({ length: repetitions }, (_, seed) =>
      tf.tidy(() => {
        const directions = randomDirections(projections, reference.size, new Random(seed));
        const real = tf.matMul(directions, a, false, true).dataSync<'float32'>();
        const other = tf.matMul(directions, b, false, true).dataSync<'float32'>();
        let sum = 0;
        for (let i = 0; i < projections; i++) {
          sum += wassersteinDistance(
            real.subarray(i * reference.count, (i + 1) * reference.count),
            other.subarray(i * patches.count, (i + 1) * patches.count),
          );
        }
        return (1000 * sum) / projections;
      }),
    );
  });
  return spreadOf(distances);
}

/**
 * Wasserstein distance of two samples of numbers: the area between their cumulative distributions,
 * exact to a 2^14th of the range that both span. They may differ in size.
 */
export function wassersteinDistance(a: Float32Array, b: Float32Array): number {
  const [low, high] = rangeOf(a, b);
  if (!(high > low)) return 0;
  const binsPerUnit = (BINS - 1) / (high - low);
  const countsA = histogram(a, low, binsPerUnit);
  const countsB = histogram(b, low, binsPerUnit);
  let area = 0;
  let below = 0;
  for (let i = 0; i < BINS; i++) {
    below += (countsA[i] as number) / a.length - (countsB[i] as number) / b.length;
    area += Math.abs(below);
  }
  return area / binsPerUnit;
}

// Plain loops: a figure sends some hundred million numbers through these two functions.
function rangeOf(a: Float32Array, b: Float32Array): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const values of [a, b]) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}

function histogram(values: Float32Array, low: number, binsPerUnit: number): Int32Array {
  const counts = new Int32Array(BINS);
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor(((values[i] as number) - low) * binsPerUnit + 0.5);
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts;
}

/** Unit vectors, [count, size]. */
function randomDirections(count: number, size: number, random: Random): tf.Tensor2D {
  const values = Float32Array.from({ length: count * size }, () => random.normal());
  const raw = tf.tensor2d(values, [count, size]);
  return tf.div(raw, tf.norm(raw, 'euclidean', 1, true));
}

interface Scaling {
  readonly mean: number;
  readonly deviation: number;
}

function channelScaling({ data }: Features): Scaling[] {
  return Array.from({ length: CHANNELS }, (_, channel) => {
    let sum = 0;
    let squares = 0;
    for (let i = channel; i < data.length; i += CHANNELS) {
      const value = data[i] as number;
      sum += value;
      squares += value * value;
    }
    const count = data.length / CHANNELS;
    const mean = sum / count;
    return { mean, deviation: Math.sqrt(Math.max(1e-12, squares / count - mean * mean)) };
  });
}

function scaleChannels(data: Float32Array, scaling: readonly Scaling[]): Float32Array {
  const out = new Float32Array(data.length);
  scaling.forEach(({ mean, deviation }, channel) => {
    for (let i = channel; i < data.length; i += CHANNELS) {
      out[i] = ((data[i] as number) - mean) / deviation;
    }
  });
  return out;
}

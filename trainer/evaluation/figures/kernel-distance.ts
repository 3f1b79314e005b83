import type { Random } from '../../random.ts';
import { type Features, featureRow } from '../features.ts';

const SUBSETS = 100;
const SUBSET_SIZE = 200;

/** Mean and standard deviation of a figure over repetitions. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * Kernel distance of two sets of features (Binkowski et al., 2018): the unbiased squared maximum
 * mean discrepancy under the kernel (a.b / d + 1)^3, over 100 random subsets of 200 of each, or of
 * as many as the smaller set has. Near 0, and below it as often as above, for samples of one
 * distribution.
 *
 * @throws Error for a set of fewer than two
 */
export function kernelDistance(a: Features, b: Features, random: Random): Spread {
  const size = Math.min(SUBSET_SIZE, a.count, b.count);
  if (size < 2) throw new Error(`a kernel distance needs two faces of each kind, got ${size}`);
  const [within, between, other] = [kernelValues(a, a), kernelValues(a, b), kernelValues(b, b)];
  const values = Array.from({ length: SUBSETS }, () => {
    const rows = drawSubset(a.count, size, random);
    const columns = drawSubset(b.count, size, random);
    return (
      meanWithoutDiagonal(within, a.count, rows) +
      meanWithoutDiagonal(other, b.count, columns) -
      2 * meanBetween(between, b.count, rows, columns)
    );
  });
  return spreadOf(values);
}

/** Mean and sample standard deviation. */
export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) };
}

/** The kernel of every pair, row by row, [a.count, b.count]. */
function kernelValues(a: Features, b: Features): Float64Array {
  const values = new Float64Array(a.count * b.count);
  for (let i = 0; i < a.count; i++) {
    const left = featureRow(a, i);
    for (let j = 0; j < b.count; j++) {
      const right = featureRow(b, j);
      let dot = 0;
      for (let k = 0; k < a.size; k++) dot += (left[k] as number) * (right[k] as number);
      values[i * b.count + j] = (dot / a.size + 1) ** 3;
    }
  }
  return values;
}

/** `size` different numbers below `count` in random order. */
function drawSubset(count: number, size: number, random: Random): Int32Array {
  const items = Int32Array.from({ length: count }, (_, i) => i);
  random.shuffle(items);
  return items.subarray(0, size);
}

function meanWithoutDiagonal(kernel: Float64Array, count: number, chosen: Int32Array): number {
  let sum = 0;
  for (const i of chosen) {
    for (const j of chosen) {
      if (i !== j) sum += kernel[i * count + j] as number;
    }
  }
  return sum / (chosen.length * (chosen.length - 1));
}

function meanBetween(
  kernel: Float64Array,
  count: number,
  rows: Int32Array,
  columns: Int32Array,
): number {
  let sum = 0;
  for (const i of rows) {
    for (const j of columns) sum += kernel[i * count + j] as number;
  }
  return sum / (rows.length * columns.length);
}

import { type Features, featureRow } from '../features.ts';

/**
 * Removes a direction from every row and scales the rest to length one, so that dot products are
 * cosines that do not see the direction.
 *
 * @param direction of any length above zero
 */
export function projectOut(features: Features, direction: Float64Array): Features {
  const { count, size } = features;
  const length = Math.hypot(...direction);
  const unit = direction.map((value) => value / length);
  const data = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const row = featureRow(features, i);
    const along = row.reduce((sum, value, j) => sum + value * (unit[j] as number), 0);
    const rest = Float64Array.from(row, (value, j) => value - along * (unit[j] as number));
    const scale = Math.hypot(...rest);
    data.set(
      rest.map((value) => (scale > 0 ? value / scale : 0)),
      i * size,
    );
  }
  return { data, count, size };
}

/** Cosines of every row of `a` with every row of `b`, both of length one, [a.count, b.count]. */
export function cosines(a: Features, b: Features): Float64Array {
  const values = new Float64Array(a.count * b.count);
  for (let i = 0; i < a.count; i++) {
    const left = featureRow(a, i);
    for (let j = 0; j < b.count; j++) {
      const right = featureRow(b, j);
      let sum = 0;
      for (let k = 0; k < a.size; k++) sum += (left[k] as number) * (right[k] as number);
      values[i * b.count + j] = sum;
    }
  }
  return values;
}

/** Values on the diagonal of a square matrix and beside it. */
export function splitDiagonal(
  matrix: Float64Array,
  count: number,
): { same: Float64Array; different: Float64Array } {
  const same = new Float64Array(count);
  const different = new Float64Array(count * (count - 1));
  let next = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const value = matrix[i * count + j] as number;
      if (i === j) same[i] = value;
      else different[next++] = value;
    }
  }
  return { same, different };
}

/** Share of rows of a square matrix whose largest value stands on the diagonal (R@1). */
export function retrievalRate(matrix: Float64Array, count: number): number {
  let found = 0;
  for (let i = 0; i < count; i++) {
    const row = matrix.subarray(i * count, (i + 1) * count);
    const own = row[i] as number;
    if (row.every((value, j) => j === i || value < own)) found++;
  }
  return found / count;
}

/**
 * Area under the curve of true over false positives: the probability that a value of `positives`
 * is larger than one of `negatives`, ties counting half.
 */
export function areaUnderCurve(positives: Float64Array, negatives: Float64Array): number {
  const sorted = negatives.toSorted();
  let sum = 0;
  for (const value of positives) {
    sum +=
      (countWhile(sorted, (other) => other < value) +
        countWhile(sorted, (other) => other <= value)) /
      2;
  }
  return sum / (positives.length * negatives.length);
}

/** How many leading values meet a condition, which no value meets after the first that does not. */
function countWhile(sorted: Float64Array, holds: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}

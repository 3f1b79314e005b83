import { type Interval, wilsonInterval } from './wilson.ts';

/** A difference of two shares with its 95 % interval. */
export interface PairedDifference extends Interval {
  readonly difference: number;
}

/**
 * How much larger the share of one outcome is than that of another on the same faces, with the
 * hybrid score interval for paired data (Newcombe, Statistics in Medicine 17, 1998, method 10),
 * which holds its 95 % near 0 and 1 too, where most shares of success are.
 *
 * @throws Error unless both have the same number of faces, at least one
 */
export function pairedDifference(
  outcomes: readonly boolean[],
  reference: readonly boolean[],
): PairedDifference {
  const count = outcomes.length;
  if (count === 0 || reference.length !== count) {
    throw new Error(`${count} outcomes cannot be paired with ${reference.length} others`);
  }
  let both = 0;
  let onlyNew = 0;
  let onlyReference = 0;
  outcomes.forEach((outcome, i) => {
    if (outcome && reference[i]) both++;
    else if (outcome) onlyNew++;
    else if (reference[i]) onlyReference++;
  });
  const neither = count - both - onlyNew - onlyReference;
  const share = (both + onlyNew) / count;
  const other = (both + onlyReference) / count;
  const [ours, theirs] = [wilsonInterval(share, count), wilsonInterval(other, count)];
  const correlation = pairCorrelation(both, onlyNew, onlyReference, neither);
  const reach = (a: number, b: number): number =>
    Math.sqrt(Math.max(0, a * a - 2 * correlation * a * b + b * b));
  const difference = share - other;
  return {
    difference,
    low: difference - reach(share - ours.low, theirs.high - other),
    high: difference + reach(ours.high - share, other - theirs.low),
  };
}

/** Correlation of paired outcomes, drawn towards zero by a continuity correction. */
function pairCorrelation(a: number, b: number, c: number, d: number): number {
  const margins = (a + b) * (c + d) * (a + c) * (b + d);
  if (margins === 0) return 0;
  const product = a * d - b * c;
  const half = (a + b + c + d) / 2;
  return (product > 0 ? Math.max(0, product - half) : product) / Math.sqrt(margins);
}

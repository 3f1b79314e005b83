import type { EvaluationRow } from '../../../models/contract/manifest.ts';
import { FIGURE, PIXELS } from '../rows.ts';
import type { Subject } from '../test-faces.ts';
import { splitRow, type TestSplit } from './measure.ts';

/**
 * How far seams show: mean, 95th percentile and worst.
 *
 * @param seams of the subject's faces, see `seamRatio`
 */
export function seamRows(
  test: Pick<TestSplit, 'split'>,
  subject: Subject,
  seams: readonly number[],
): EvaluationRow[] {
  if (seams.length === 0) return [];
  const sorted = seams.toSorted((a, b) => a - b);
  const mean = seams.reduce((sum, value) => sum + value, 0) / seams.length;
  const figures: [string, number][] = [
    [FIGURE.seam, mean],
    [FIGURE.seamHigh, percentile(sorted, 0.95)],
    [FIGURE.seamWorst, percentile(sorted, 1)],
  ];
  return figures.map(([figure, value]) => splitRow(test, figure, subject, PIXELS, value));
}

/** The smallest value that at least a share of the values does not exceed. */
function percentile(sorted: readonly number[], upTo: number): number {
  return sorted[Math.max(0, Math.ceil(upTo * sorted.length) - 1)] ?? Number.NaN;
}

/** Attributes that go along with the direction this little should stay as they are. */
const MAX_CORRELATION = 0.2;

/**
 * Columns of the labels whose correlation with the direction of a makeover is below 0.2 either way.
 * A column that is the same for all faces says nothing and is left out.
 *
 * @param labels one row per face, one value per attribute
 * @param direction one value per face: whether it is in the target's population
 */
export function unrelatedColumns(
  labels: readonly (readonly boolean[])[],
  direction: readonly boolean[],
): number[] {
  const columns = labels[0]?.length ?? 0;
  return Array.from({ length: columns }, (_, column) => column).filter((column) => {
    const correlation = correlate(
      labels.map((row) => row[column] === true),
      direction,
    );
    return Math.abs(correlation) < MAX_CORRELATION;
  });
}

/** Pearson's correlation of two yes-or-no values; NaN when one of them is constant. */
export function correlate(a: readonly boolean[], b: readonly boolean[]): number {
  const n = a.length;
  const meanA = a.filter(Boolean).length / n;
  const meanB = b.filter(Boolean).length / n;
  const both = a.filter((value, i) => value && b[i] === true).length / n;
  const variances = meanA * (1 - meanA) * meanB * (1 - meanB);
  return variances > 0 ? (both - meanA * meanB) / Math.sqrt(variances) : Number.NaN;
}

/**
 * Share of predictions that differ between two sets of scores of the same faces.
 *
 * @param before, after one row per face, one score per attribute, above zero meaning yes
 * @param columns the attributes that count
 */
export function changedShare(
  before: readonly (readonly number[])[],
  after: readonly (readonly number[])[],
  columns: readonly number[],
): number {
  let changed = 0;
  before.forEach((row, i) => {
    for (const column of columns) {
      if ((row[column] ?? 0) > 0 !== (after[i]?.[column] ?? 0) > 0) changed++;
    }
  });
  return changed / (before.length * columns.length);
}

import { parseExpression } from '../../data/expression.ts';

/** Something that measures faces; its answers never take part in training. */
export interface Instrument {
  /** As it stands in tables. */
  readonly name: string;
  /**
   * Scores faces by attribute, above zero meaning that the face has it.
   *
   * @param levels uint8 RGB at crop size, [n, h, w, 3]
   * @returns one row per face, one score per attribute of the data set
   */
  readonly score: (levels: Uint8Array, count: number) => number[][];
}

/** For each face, whether an instrument sees it in the population that a term such as `!Male` names. */
export function judge(
  instrument: Instrument,
  levels: Uint8Array,
  count: number,
  term: string,
  attributes: readonly string[],
): boolean[] {
  const expression = parseExpression(term, attributes);
  if (count === 0) return [];
  return instrument
    .score(levels, count)
    .map((scores) =>
      expression.matches((attribute) => (scores[attributes.indexOf(attribute)] ?? 0) > 0),
    );
}

export function share(values: readonly boolean[]): number {
  return values.filter(Boolean).length / values.length;
}

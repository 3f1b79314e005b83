import type { Features } from '../features.ts';
import {
  areaUnderCurve,
  cosines,
  projectOut,
  retrievalRate,
  splitDiagonal,
} from '../figures/likeness.ts';
import { FIGURE, SUBJECT } from '../rows.ts';
import type { Faces } from '../test-faces.ts';
import { type Measure, splitRow, type TestSplit } from './measure.ts';

/**
 * How far results are still the same faces, by the embedding without the makeover's direction.
 * Identity is the mean cosine with the source, scaled so that 0 is two sources and 1 two augmented
 * views of one; R@1 is the share of results whose nearest source is their own.
 *
 * @param by the instrument that embeds
 * @param embed whitened features of faces
 * @param direction of the makeover in these features
 * @param views two sets of augmented views of the sources
 */
export function likenessMeasure(
  test: TestSplit,
  by: string,
  embed: (faces: Faces) => Features,
  direction: Float64Array,
  views: readonly [Faces, Faces],
): Measure {
  const describe = (faces: Faces): Features => projectOut(embed(faces), direction);
  const count = test.sources.files.length;
  const sources = describe(test.sources);
  const strangers = mean(splitDiagonal(cosines(sources, sources), count).different);
  const pairs = splitDiagonal(cosines(describe(views[0]), describe(views[1])), count);
  const same = mean(pairs.same);
  const real = { of: SUBJECT.realFaces, faces: test.sources };
  const separation = areaUnderCurve(pairs.same, pairs.different);
  return {
    references: [splitRow(test, FIGURE.verification, real, by, separation)],
    measure: (subject) => {
      const matrix = cosines(describe(subject.faces), sources);
      const kept = mean(splitDiagonal(matrix, count).same);
      const identity = (kept - strangers) / (same - strangers);
      return [
        splitRow(test, FIGURE.identity, subject, by, identity),
        splitRow(test, FIGURE.retrieval, subject, by, retrievalRate(matrix, count)),
      ];
    },
  };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

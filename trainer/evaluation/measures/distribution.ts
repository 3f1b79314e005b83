import { Random } from '../../random.ts';
import type { Features } from '../features.ts';
import { coverage } from '../figures/coverage.ts';
import { kernelDistance, type Spread } from '../figures/kernel-distance.ts';
import { pyramidPatches } from '../figures/patches.ts';
import { type Slicing, slicedWasserstein } from '../figures/sliced-wasserstein.ts';
import { FIGURE, PIXELS, SUBJECT } from '../rows.ts';
import type { Faces } from '../test-faces.ts';
import { type Measure, splitRow, type TestSplit } from './measure.ts';

const KID_SEED = 31;
const SWD_FIGURES = [FIGURE.swd, FIGURE.swdHalf, FIGURE.swdQuarter] as const;

/**
 * How close results are to real targets in an embedding: KID-own, the share of the sources'
 * distance that is closed, precision and recall.
 *
 * @param by the instrument that embeds
 * @param embed whitened features of faces
 */
export function embeddingMeasure(
  test: TestSplit,
  by: string,
  embed: (faces: Faces) => Features,
): Measure {
  const targets = embed(test.targets);
  const [a, b] = test.realPair.map(embed) as [Features, Features];
  const floor = distance(a, b);
  const open = distance(embed(test.sources), targets).mean - floor.mean;
  const real = { of: SUBJECT.realTargets, faces: test.realPair[0] };
  return {
    references: [
      splitRow(test, FIGURE.kid, real, by, floor.mean, floor.deviation),
      splitRow(test, FIGURE.precision, real, by, coverage(a, b)),
      splitRow(test, FIGURE.recall, real, by, coverage(b, a)),
    ],
    measure: (subject) => {
      const results = embed(subject.faces);
      const { mean, deviation } = distance(results, targets);
      // Where the sources look like the targets already, there is no gap to close.
      const gap =
        open > 0
          ? [1 - (mean - floor.mean) / open].map((value) =>
              splitRow(test, FIGURE.gapClosed, subject, by, value, deviation / open),
            )
          : [];
      return [
        ...gap,
        splitRow(test, FIGURE.kid, subject, by, mean, deviation),
        splitRow(test, FIGURE.precision, subject, by, coverage(results, targets)),
        splitRow(test, FIGURE.recall, subject, by, coverage(targets, results)),
      ];
    },
  };
}

/** The same subsets for every subject with as many faces. */
function distance(a: Features, b: Features): Spread {
  return kernelDistance(a, b, new Random(KID_SEED));
}

/** Sliced Wasserstein distance of small patches to those of real targets, by level of detail. */
export function patchMeasure(test: TestSplit, slicing: Slicing): Measure {
  const patchesOf = ({ levels }: Faces): Features[] =>
    pyramidPatches(levels, test.crop, slicing.patches);
  const distances = (reference: readonly Features[], faces: Faces): Spread[] =>
    patchesOf(faces).map((patches, level) =>
      slicedWasserstein(reference[level] as Features, patches, slicing),
    );
  const rows = (of: string, faces: Faces, spreads: readonly Spread[]) =>
    spreads.map(({ mean, deviation }, level) =>
      splitRow(test, SWD_FIGURES[level] ?? '', { of, faces }, PIXELS, mean, deviation),
    );
  const targets = patchesOf(test.targets);
  const [a, b] = test.realPair;
  return {
    references: rows(SUBJECT.realTargets, a, distances(patchesOf(b), a)),
    measure: ({ of, faces }) => rows(of, faces, distances(targets, faces)),
  };
}

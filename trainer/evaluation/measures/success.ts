import { type Instrument, judge, share } from '../instruments/instrument.ts';
import { FIGURE, SUBJECT } from '../rows.ts';
import type { LabelledFaces, Subject } from '../test-faces.ts';
import { type Measure, splitRow, type TestSplit } from './measure.ts';

/**
 * Success by one instrument: the share of results that it sees in the target's population, plain
 * and as a share of its rate on real targets.
 *
 * @param labelled every face of the split, or every photo
 */
export function successMeasure(
  test: TestSplit,
  instrument: Instrument,
  attributes: readonly string[],
  labelled: Pick<LabelledFaces, 'faces' | 'isTarget'>,
): Measure {
  const { name: by } = instrument;
  const seenAsTarget = ({ faces }: Subject): boolean[] =>
    judge(instrument, faces.levels, faces.files.length, test.term, attributes);
  const realFaces = { of: SUBJECT.realFaces, faces: labelled.faces };
  const seen = seenAsTarget(realFaces);
  const accuracy = share(labelled.isTarget.map((label, i) => label === seen[i]));
  const realTargets = { of: SUBJECT.realTargets, faces: test.targets };
  const real = share(seenAsTarget(realTargets));
  return {
    references: [
      splitRow(test, FIGURE.accuracy, realFaces, by, accuracy),
      splitRow(test, FIGURE.success, realTargets, by, real),
    ],
    measure: (subject) => {
      const rate = share(seenAsTarget(subject));
      const plain = splitRow(test, FIGURE.success, subject, by, rate);
      // An instrument that sees no real target at all gives nothing to compare with.
      if (real === 0) return [plain];
      return [plain, splitRow(test, FIGURE.successOfReal, subject, by, rate / real)];
    },
  };
}

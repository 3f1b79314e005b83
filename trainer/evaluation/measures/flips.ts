import { changedShare } from '../figures/flips.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { mirrorFaces } from '../mirror.ts';
import { FIGURE } from '../rows.ts';
import type { Faces } from '../test-faces.ts';
import { type Measure, splitRow, type TestSplit } from './measure.ts';

/**
 * Share of an instrument's predictions that change though they have nothing to do with the
 * makeover, less the share that changes when a face is only mirrored.
 *
 * @param columns of the attributes that have nothing to do with it; without any there is no figure
 */
export function flipsMeasure(
  test: TestSplit,
  instrument: Instrument,
  columns: readonly number[],
): Measure {
  if (columns.length === 0) return { references: [], measure: () => [] };
  const score = ({ levels, files }: Faces): number[][] => instrument.score(levels, files.length);
  const before = score(test.sources);
  const mirrored = { ...test.sources, levels: mirrorFaces(test.sources.levels, test.crop.width) };
  const unsteady = changedShare(before, score(mirrored), columns);
  return {
    references: [],
    measure: (subject) => {
      const flips = changedShare(before, score(subject.faces), columns) - unsteady;
      return [splitRow(test, FIGURE.flips, subject, instrument.name, flips)];
    },
  };
}

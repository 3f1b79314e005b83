import type { CropGeometry } from '../../../models/contract/crop.ts';
import type { EvaluationRow } from '../../../models/contract/manifest.ts';
import { type Instrument, judge } from '../instruments/instrument.ts';
import { FIGURE, PIXELS, SUBJECT } from '../rows.ts';
import type { Faces } from '../test-faces.ts';
import { toneShifts } from './pixels.ts';

/** Groups with fewer faces are too small to report. */
const MIN_GROUP = 60;

/** Sources of all test splits with what a model made of them. */
export interface PooledResults {
  /** The splits, e.g. "1+2". */
  readonly splits: string;
  readonly crop: CropGeometry;
  readonly term: string;
  readonly sources: Faces;
  readonly results: Faces;
}

export type GroupsOfFile = ReadonlyMap<string, readonly string[]>;

/** Success and the change of skin tone of a model in each group of at least 60 faces. */
export function groupRows(
  pooled: PooledResults,
  instruments: readonly Instrument[],
  attributes: readonly string[],
  groups: GroupsOfFile,
): EvaluationRow[] {
  const { splits, sources, results, crop, term } = pooled;
  const { files } = sources;
  const rowsOf = (figure: string, by: string, values: readonly number[]): EvaluationRow[] =>
    meansByGroup(files, values, groups).map((mean) => ({
      splits,
      figure,
      of: SUBJECT.model,
      by,
      ...mean,
    }));
  const shifts = toneShifts(sources, results, crop);
  return [
    ...instruments.flatMap((by) => {
      const seen = judge(by, results.levels, files.length, term, attributes);
      return rowsOf(FIGURE.success, by.name, seen.map(Number));
    }),
    ...rowsOf(
      FIGURE.lightness,
      PIXELS,
      shifts.map(({ lightness }) => lightness),
    ),
    ...rowsOf(
      FIGURE.chroma,
      PIXELS,
      shifts.map(({ chroma }) => chroma),
    ),
  ];
}

/** How often an instrument agrees with the labels of real faces, in each group. */
export function groupAccuracyRows(
  splits: string,
  faces: Faces,
  labels: readonly boolean[],
  seen: readonly boolean[],
  by: string,
  groups: GroupsOfFile,
): EvaluationRow[] {
  const agrees = labels.map((label, i) => Number(label === seen[i]));
  return meansByGroup(faces.files, agrees, groups).map((mean) => ({
    splits,
    figure: FIGURE.accuracy,
    of: SUBJECT.realFaces,
    by,
    ...mean,
  }));
}

function meansByGroup(
  files: readonly string[],
  values: readonly number[],
  groups: GroupsOfFile,
): Pick<EvaluationRow, 'group' | 'faces' | 'value'>[] {
  const members = new Map<string, number[]>();
  files.forEach((file, i) => {
    for (const group of groups.get(file) ?? []) {
      members.set(group, [...(members.get(group) ?? []), values[i] as number]);
    }
  });
  return [...members]
    .filter(([, all]) => all.length >= MIN_GROUP)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([group, all]) => ({
      group,
      faces: all.length,
      value: all.reduce((sum, value) => sum + value, 0) / all.length,
    }));
}

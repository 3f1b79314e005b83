import type { CropGeometry } from '../../../models/contract/crop.ts';
import type { EvaluationRow } from '../../../models/contract/manifest.ts';
import { ALL, type PHOTOS } from '../rows.ts';
import type { Faces, Subject } from '../test-faces.ts';

/** The faces of one split, or of photos, that a target's models are measured on. */
export interface TestSplit {
  readonly split: number | typeof PHOTOS;
  readonly crop: CropGeometry;
  /** The term that names the target's population, e.g. `!Male`. */
  readonly term: string;
  readonly sources: Faces;
  /** Real faces of the target. */
  readonly targets: Faces;
  /** Two sets of real target faces without a face in common: how far apart equal sets are. */
  readonly realPair: readonly [Faces, Faces];
}

/** A family of figures, made ready for one split. */
export interface Measure {
  /** What the figures are to be read against: real faces, and how good the instrument is. */
  readonly references: readonly EvaluationRow[];
  /** Measures one way of making the split's sources over. */
  readonly measure: (subject: Subject) => readonly EvaluationRow[];
}

/** A figure over all faces of a split. */
export function splitRow(
  { split }: Pick<TestSplit, 'split'>,
  figure: string,
  { of, faces }: Subject,
  by: string,
  value: number,
  deviation?: number,
): EvaluationRow {
  return {
    splits: String(split),
    figure,
    of,
    by,
    group: ALL,
    faces: faces.files.length,
    value,
    ...(deviation !== undefined && { deviation }),
  };
}

import type { EvaluationRow } from '../../../models/contract/manifest.ts';
import type { MakeoverModels } from '../../../models/contract/pipeline.ts';
import { warp } from '../../../models/contract/resample.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { splitRow, type TestSplit } from '../measures/measure.ts';
import { pixelMeasure } from '../measures/pixels.ts';
import { seamRows } from '../measures/seam.ts';
import { successMeasure } from '../measures/success.ts';
import { FIGURE, PHOTOS, PIXELS, SUBJECT } from '../rows.ts';
import { type Faces, poolFaces } from '../test-faces.ts';
import type { LabelledPhoto } from './photo-labels.ts';
import { cropPhoto, type MadeOverPhoto, makeOverPhoto } from './photos.ts';
import { seamRatio } from './seam.ts';

/** Those who judge faces, and the term that names what they are asked about, e.g. `!Male`. */
export interface Jury {
  readonly judges: readonly Instrument[];
  readonly term: string;
  readonly attributes: readonly string[];
}

/**
 * The full-size figures on photos: those of other targets are made over by the whole pipeline, and
 * those of the target itself say how instruments judge such photos. Faces are looked for in the
 * original photos only; photos without one count as not found and in no other figure. Figures that
 * compare distributions are left out, since photos are few.
 *
 * @param onMadeOver is shown each photo that was to be made over, one after the other
 */
export async function photoRows(
  photos: readonly LabelledPhoto[],
  target: string,
  models: MakeoverModels,
  jury: Jury,
  onMadeOver: (madeOver: MadeOverPhoto) => Promise<void>,
): Promise<EvaluationRow[]> {
  const targets = await cropPhotos(photos, target, models);
  const { sources, results, seams, missed } = await makeOverPhotos(
    photos.filter((photo) => photo.target !== target),
    models,
    onMadeOver,
  );
  const { crop } = models.generator.manifest;
  const test: TestSplit = {
    split: PHOTOS,
    crop,
    term: jury.term,
    sources,
    targets,
    realPair: [targets, targets],
  };
  const fullSize = { of: SUBJECT.fullSize, faces: results };
  const labelled = {
    faces: poolFaces([targets, sources]),
    isTarget: [...targets.files.map(() => true), ...sources.files.map(() => false)],
  };
  const success = jury.judges.map((by) => successMeasure(test, by, jury.attributes, labelled));
  const asked = sources.files.length + missed;
  const rows = [
    ...success.flatMap(({ references, measure }) => [
      ...references,
      ...measure(fullSize),
      ...measure({ of: SUBJECT.nothing, faces: sources }),
    ]),
    ...pixelMeasure(test).measure(fullSize),
    ...seamRows(test, fullSize, seams),
    splitRow(test, FIGURE.found, fullSize, PIXELS, sources.files.length / asked),
  ];
  // Without photos of a kind there are rates of nothing.
  return rows.filter(({ value }) => Number.isFinite(value));
}

/** The faces of the target's own photos. */
async function cropPhotos(
  photos: readonly LabelledPhoto[],
  target: string,
  models: MakeoverModels,
): Promise<Faces> {
  const files: string[] = [];
  const crops: Uint8Array[] = [];
  for (const { path } of photos.filter((photo) => photo.target === target)) {
    const crop = await cropPhoto(path, models);
    if (crop === undefined) continue;
    files.push(path);
    crops.push(crop);
  }
  return { files, levels: Buffer.concat(crops) };
}

interface MadeOverPhotos {
  readonly sources: Faces;
  readonly results: Faces;
  readonly seams: readonly number[];
  /** Photos without a face. */
  readonly missed: number;
}

async function makeOverPhotos(
  photos: readonly LabelledPhoto[],
  models: MakeoverModels,
  onMadeOver: (madeOver: MadeOverPhoto) => Promise<void>,
): Promise<MadeOverPhotos> {
  const { crop } = models.generator.manifest;
  const files: string[] = [];
  const before: Uint8Array[] = [];
  const after: Uint8Array[] = [];
  const seams: number[] = [];
  for (const { path } of photos) {
    const madeOver = await makeOverPhoto(path, models);
    await onMadeOver(madeOver);
    const { photo, result, photoToCrop } = madeOver;
    if (photoToCrop === undefined) continue;
    files.push(path);
    before.push(warp(photo, photoToCrop, crop.width, crop.height).data);
    after.push(warp(result, photoToCrop, crop.width, crop.height).data);
    const seam = seamRatio(photo, result, photoToCrop, crop);
    if (seam !== undefined) seams.push(seam);
  }
  return {
    sources: { files, levels: Buffer.concat(before) },
    results: { files, levels: Buffer.concat(after) },
    seams,
    missed: photos.length - files.length,
  };
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvaluationRow } from '../models/contract/manifest.ts';
import type { ModelRunner } from '../models/contract/tensor.ts';
import type { Evaluator } from '../trainer/evaluation/evaluate.ts';
import { listPhotos, type PhotoLabels } from '../trainer/evaluation/full-size/photo-labels.ts';
import { drawContactSheet, drawPhotoPair } from '../trainer/evaluation/full-size/sheets.ts';
import { writeFileAtomically } from '../trainer/files.ts';
import { loadDetector } from './detector/load.ts';
import type { Candidate } from './evaluation-candidates.ts';
import { checkoutFolder } from './paths.ts';

/** What an evaluation does beyond the data set's figures; each part is left out where undefined. */
export interface PictureRequest {
  /** Folder of labelled photos to measure. */
  readonly photos?: string | undefined;
  readonly photoLabels?: PhotoLabels | undefined;
  /** Folder that sheets are written to, made where it is missing. */
  readonly sheet?: string | undefined;
}

/** Splits that sheets are drawn of. */
const SHEET_SPLITS = [2, 1];

/**
 * Measures a model on photos with this checkout's detector, and draws sheets of before and after:
 * the first faces of each split, and the photos.
 *
 * @returns the figures on photos
 * @throws Error when no photo fits the labels
 */
export async function evaluatePictures(
  evaluator: Evaluator,
  { title, target, selection, crop }: Candidate,
  runner: ModelRunner,
  { photos, photoLabels, sheet }: PictureRequest,
): Promise<EvaluationRow[]> {
  const write = async (subject: string, picture: Uint8Array): Promise<void> => {
    const name = title.replaceAll(/[^a-z0-9]+/gi, '-');
    const path = join(sheet ?? '', `${name}-${subject}.png`);
    await writeFileAtomically(path, picture);
    console.error(`wrote ${path}`);
  };
  if (sheet !== undefined) {
    await mkdir(sheet, { recursive: true });
    for (const split of SHEET_SPLITS) {
      await write(`split-${split}`, await evaluator.drawSheet(target, runner, split));
    }
  }
  if (photos === undefined) return [];
  const listed = await listPhotos(photos, photoLabels ?? new Map(), Object.keys(selection.targets));
  const detector = await loadDetector(join(checkoutFolder(), 'models'));
  const models = { detector, generator: { manifest: { crop }, runner } };
  const pairs: Awaited<ReturnType<typeof drawPhotoPair>>[] = [];
  const rows = await evaluator.evaluatePhotos(target, models, listed, async (madeOver) => {
    if (sheet !== undefined) pairs.push(await drawPhotoPair(madeOver));
  });
  if (pairs.length > 0) await write('photos', await drawContactSheet(pairs));
  return rows;
}

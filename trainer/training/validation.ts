import type { CropGeometry } from '../../models/contract/crop.ts';
import type { CelebaFace, CelebaFolder } from '../data/celeba.ts';
import type { CropStore } from '../data/crop-file.ts';
import { centreCrops } from '../data/crop-view.ts';
import { parseExpression } from '../data/expression.ts';
import type { Selection } from '../data/populations.ts';
import { type Population, selectFaces } from '../data/populations.ts';
import { changeOutside, meanChange } from '../evaluation/figures/pixels.ts';
import { structuralSimilarity } from '../evaluation/figures/structural-similarity.ts';
import { C_EVAL } from '../evaluation/instruments/classifier.ts';
import { CELL } from '../evaluation/instruments/gradient-features.ts';
import { type Instrument, judge, share } from '../evaluation/instruments/instrument.ts';
import { loadCachedClassifier } from '../evaluation/instruments/load.ts';
import { fitRidge } from '../evaluation/instruments/ridge.ts';
import { makeOverLevels } from './grid.ts';
import type { Trainee } from './trainee.ts';

/** Faces of split 1 that are made over, all targets together. */
const MAX_FACES = 256;
/** Faces of split 0 that the ridge regression is fitted on where C_eval has not been trained. */
const MAX_FITTED = 4096;
/** Faces that go through the generator at once. */
const BATCH = 32;

/** What a release asks for, and so what a checkpoint loses points for. */
const UNCHANGED_LEVELS = 3;
const MAX_UNCHANGED = 0.03;
const MAX_OUTSIDE = 0.035;
const MIN_SSIM = 0.8;

/**
 * A quick measure of a checkpoint's generator, averaged where its family averages, to choose the best
 * of a run: it takes no part in training, and says less than an evaluation.
 */
export interface Validation {
  /** Mean over the targets; 1 at best. */
  readonly score: number;
  /** The instrument: scores by different ones cannot be compared. */
  readonly by: string;
  /** Means over the targets. */
  readonly figures: Readonly<ValidationFigures>;
}

interface ValidationFigures extends Record<string, number> {
  /** Share of faces seen as the target, divided by that of the target's real faces. */
  successOfReal: number;
  /** Share of faces that changed by less than 3 grey levels on average. */
  unchanged: number;
  /** Mean difference outside the face ellipse, 0 to 1. */
  outside: number;
  ssim: number;
}

export type Validate = (trainee: Trainee) => Validation;

/** Sources of one target, and how often the instrument sees the target in its real faces. */
interface Subject {
  readonly target: number;
  readonly term: string;
  readonly count: number;
  readonly levels: Uint8Array;
  readonly realShare: number;
}

/**
 * Gets a measure of checkpoints ready: the same faces of split 1 every time, judged by C_eval where
 * an evaluation has trained it for this data, else by a ridge regression fitted here.
 *
 * @param populations those of split 1
 * @returns undefined where neither instrument fits the crop
 */
export async function createValidation(
  folder: CelebaFolder,
  selection: Selection,
  store: CropStore,
  populations: readonly Population[],
): Promise<Validate | undefined> {
  const instrument =
    (await loadCachedClassifier(C_EVAL, folder, store.crop)) ??
    fitInstrument(folder, selection, store);
  if (instrument === undefined) return undefined;
  const subjects = populations.map(({ name, sources, targets }, target): Subject => {
    const [term = ''] = parseExpression(selection.targets[name] ?? '', folder.attributes).terms;
    const limit = Math.floor(MAX_FACES / populations.length);
    const shown = spread(sources, store, limit);
    const reals = spread(targets, store, limit);
    const seen = judge(
      instrument,
      centreCrops(store, reals),
      reals.length,
      term,
      folder.attributes,
    );
    const levels = centreCrops(store, shown);
    return { target, term, count: shown.length, levels, realShare: share(seen) };
  });
  return (trainee) => {
    const measured = subjects.map((subject) =>
      measure(instrument, folder.attributes, store.crop, trainee, subject),
    );
    return { score: mean(measured.map(scoreOf)), by: instrument.name, figures: average(measured) };
  };
}

/**
 * Success as a share of that of real faces, less what a release line would hold against the
 * checkpoint: too many faces left alone, changes outside the face, lost structure.
 */
export function scoreOf({ successOfReal, unchanged, outside, ssim }: ValidationFigures): number {
  return (
    Math.min(1, successOfReal) -
    Math.max(0, unchanged - MAX_UNCHANGED) -
    Math.max(0, outside / MAX_OUTSIDE - 1) -
    Math.max(0, 1 - ssim / MIN_SSIM)
  );
}

function fitInstrument(
  folder: CelebaFolder,
  selection: Selection,
  store: CropStore,
): Instrument | undefined {
  const { crop } = store;
  if (crop.width % CELL !== 0 || crop.height % CELL !== 0) return undefined;
  const faces = new Map(folder.faces.map((face) => [face.file, face]));
  const files = spread(selectFaces(folder, selection.faces, 0), store, MAX_FITTED);
  const labels = files.map((file) => faces.get(file)?.has ?? []);
  return fitRidge(crop, centreCrops(store, files), labels);
}

/** At most `limit` readable faces, evenly spread over the list. */
function spread(faces: readonly CelebaFace[], store: CropStore, limit: number): string[] {
  const files = faces.map((face) => face.file).filter((file) => store.index.has(file));
  const stride = Math.max(1, files.length / limit);
  return files.filter((_, i) => Math.floor(i / stride) !== Math.floor((i - 1) / stride));
}

function measure(
  instrument: Instrument,
  attributes: readonly string[],
  crop: CropGeometry,
  trainee: Trainee,
  { target, term, count, levels, realShare }: Subject,
): ValidationFigures {
  const bytes = crop.width * crop.height * 3;
  const results = new Uint8Array(levels.length);
  for (let first = 0; first < count; first += BATCH) {
    const size = Math.min(BATCH, count - first);
    const sources = levels.subarray(first * bytes, (first + size) * bytes);
    const shape: [number, number, number, number] = [size, crop.height, crop.width, 3];
    results.set(makeOverLevels(trainee, sources, shape, target), first * bytes);
  }
  const pairs = Array.from({ length: count }, (_, i): [Uint8Array, Uint8Array] => [
    levels.subarray(i * bytes, (i + 1) * bytes),
    results.subarray(i * bytes, (i + 1) * bytes),
  ]);
  const seen = judge(instrument, results, count, term, attributes);
  return {
    // An instrument that knows no real face of a target cannot tell success.
    successOfReal: realShare === 0 ? 0 : share(seen) / realShare,
    unchanged: share(pairs.map(([x, y]) => meanChange(x, y) < UNCHANGED_LEVELS)),
    outside: mean(pairs.map(([x, y]) => changeOutside(x, y, crop))),
    ssim: mean(pairs.map(([x, y]) => structuralSimilarity(x, y, crop))),
  };
}

function average(rows: readonly ValidationFigures[]): ValidationFigures {
  return {
    successOfReal: mean(rows.map((row) => row.successOfReal)),
    unchanged: mean(rows.map((row) => row.unchanged)),
    outside: mean(rows.map((row) => row.outside)),
    ssim: mean(rows.map((row) => row.ssim)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

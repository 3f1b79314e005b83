import type { EvaluationRow } from '../../models/contract/manifest.ts';
import { Random } from '../random.ts';
import { baselines } from './baselines.ts';
import { type Features, featureRow } from './features.ts';
import { unrelatedColumns } from './figures/flips.ts';
import type { Slicing } from './figures/sliced-wasserstein.ts';
import { fitWhitening, whiten } from './figures/whitening.ts';
import { recropFrames } from './full-size/frames.ts';
import { judge } from './instruments/instrument.ts';
import type { Instruments } from './instruments/load.ts';
import { embeddingMeasure, patchMeasure } from './measures/distribution.ts';
import { flipsMeasure } from './measures/flips.ts';
import { type GroupsOfFile, groupAccuracyRows } from './measures/groups.ts';
import { likenessMeasure } from './measures/likeness.ts';
import type { Measure, TestSplit } from './measures/measure.ts';
import { pixelMeasure } from './measures/pixels.ts';
import { successMeasure } from './measures/success.ts';
import {
  type Faces,
  type LabelledFaces,
  pickFaces,
  poolFaces,
  type TestFaces,
} from './test-faces.ts';

/** The split that serves for choices. */
export const CHOICE_SPLIT = 1;
/** All splits that training does not see; the last is the test. */
export const TEST_SPLITS: readonly number[] = [CHOICE_SPLIT, 2];
/** The embedding is whitened on this many faces of split 0 at most, so that large sets are quick. */
const MAX_WHITENING_FACES = 10_000;
const VIEW_SEED = 41;
const HALVES_SEED = 43;

/** A data set with what measures the models of one selection. */
export interface Setting {
  readonly faces: TestFaces;
  readonly instruments: Instruments;
  readonly groups: GroupsOfFile;
  readonly slicing: Slicing;
  readonly splits: readonly number[];
}

/** One split's faces with what measures results on them. */
export interface MeasuredSplit {
  readonly test: TestSplit;
  /** For results at crop size. */
  readonly measures: readonly Measure[];
  /** For results that were cropped again from full size. */
  readonly fullSizeMeasures: readonly Measure[];
}

/** Everything about a target that does not depend on a model. */
export interface TargetSetting {
  readonly splits: readonly MeasuredSplit[];
  /** How good the instruments are, real faces and baselines. */
  readonly rows: readonly EvaluationRow[];
}

/**
 * Makes the figures of a target ready and measures its baselines.
 *
 * @throws Error for a target that the selection does not have
 */
export async function prepareTarget(setting: Setting, target: string): Promise<TargetSetting> {
  const { faces, instruments, slicing } = setting;
  const term = faces.firstTerm(target);
  const train = faces.population(target, 0);
  const labelled = faces.labelled(0, term);
  const { embed, direction } = embedding(instruments, labelled);
  const unrelated = unrelatedColumns(labelled.has, labelled.isTarget);
  const rows: EvaluationRow[] = accuracyByGroup(setting, term);
  const splits: MeasuredSplit[] = [];
  for (const split of setting.splits) {
    const { sources, targets } = faces.population(target, split);
    const realPair = realTargetPair(setting, target, split, targets);
    const test = { split, crop: faces.crop, term, sources, targets, realPair };
    const views: [Faces, Faces] = [
      await faces.augmentedViews(sources.files, new Random(VIEW_SEED)),
      await faces.augmentedViews(sources.files, new Random(VIEW_SEED + 1)),
    ];
    const seen = faces.labelled(split, term);
    const byInstrument = [
      ...instruments.judges.map((by) => successMeasure(test, by, faces.folder.attributes, seen)),
      embeddingMeasure(test, instruments.embeddedBy, embed),
      likenessMeasure(test, instruments.embeddedBy, embed, direction, views),
      ...instruments.judges.map((by) => flipsMeasure(test, by, unrelated)),
    ];
    const measures = [...byInstrument, patchMeasure(test, slicing), pixelMeasure(test)];
    splits.push({
      test,
      measures,
      fullSizeMeasures: [...byInstrument, ...(await recroppedMeasures(setting, test))],
    });
    const subjects = baselines(sources, train, faces.crop);
    for (const { references, measure } of measures) {
      rows.push(...references, ...subjects.flatMap(measure));
    }
  }
  return { splits, rows };
}

/**
 * The measures of fine detail for faces cropped from full size. Cropping alone softens a face, so
 * that they compare with faces that were cropped in the same way.
 */
async function recroppedMeasures(
  { faces: { store }, slicing }: Setting,
  test: TestSplit,
): Promise<Measure[]> {
  const sources = await recropFrames(store, test.sources.files);
  const targets = await recropFrames(store, test.targets.files);
  const recropped = { ...test, sources, targets };
  return [patchMeasure(recropped, slicing), pixelMeasure(recropped)];
}

/** C_eval's embedding, whitened on real faces, and the target's direction in it. */
function embedding(
  instruments: Instruments,
  { faces, isTarget }: LabelledFaces,
): { embed: (faces: Faces) => Features; direction: Float64Array } {
  const some = pickFaces(faces, [...faces.files.keys()].slice(0, MAX_WHITENING_FACES));
  const features = instruments.embed(some.levels, some.files.length);
  const whitening = fitWhitening(features);
  const embed = ({ levels, files }: Faces): Features =>
    whiten(whitening, instruments.embed(levels, files.length));
  const white = whiten(whitening, features);
  const meanWhere = (wanted: boolean): Float64Array => {
    const sum = new Float64Array(white.size);
    let count = 0;
    for (let i = 0; i < white.count; i++) {
      if (isTarget[i] !== wanted) continue;
      count++;
      featureRow(white, i).forEach((value, j) => {
        sum[j] = (sum[j] as number) + value;
      });
    }
    return sum.map((value) => value / count);
  };
  const others = meanWhere(false);
  return { embed, direction: meanWhere(true).map((value, j) => value - (others[j] as number)) };
}

/** The test's targets beside those of the split for choices, or two halves of the latter's own. */
function realTargetPair(
  { faces }: Setting,
  target: string,
  split: number,
  targets: Faces,
): [Faces, Faces] {
  if (split !== CHOICE_SPLIT) return [faces.population(target, CHOICE_SPLIT).targets, targets];
  const order = Int32Array.from(targets.files, (_, i) => i);
  new Random(HALVES_SEED).shuffle(order);
  const middle = order.length >> 1;
  return [
    pickFaces(targets, [...order.subarray(0, middle)]),
    pickFaces(targets, [...order.subarray(middle)]),
  ];
}

function accuracyByGroup(
  { faces, instruments, groups, splits }: Setting,
  term: string,
): EvaluationRow[] {
  const parts = splits.map((split) => faces.labelled(split, term));
  const pooled = poolFaces(parts.map((part) => part.faces));
  const labels = parts.flatMap(({ isTarget }) => isTarget);
  const { attributes } = faces.folder;
  return instruments.judges.flatMap((by) => {
    const seen = judge(by, pooled.levels, pooled.files.length, term, attributes);
    return groupAccuracyRows(splits.join('+'), pooled, labels, seen, by.name, groups);
  });
}

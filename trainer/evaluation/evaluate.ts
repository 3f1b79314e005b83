import type { CropGeometry } from '../../models/contract/crop.ts';
import type { EvaluationRow } from '../../models/contract/manifest.ts';
import type { MakeoverModels } from '../../models/contract/pipeline.ts';
import { IMAGE, type ModelRunner, RESULT, requireBytes } from '../../models/contract/tensor.ts';
import type { VariantQuality } from '../../models/contract/variants.ts';
import { loadCrops } from '../data/crops.ts';
import { type DataLocation, readData } from '../data/folder-pair.ts';
import { type Selection, selectFaces } from '../data/populations.ts';
import type { Slicing } from './figures/sliced-wasserstein.ts';
import { makeOverFrames } from './full-size/frames.ts';
import { photoRows } from './full-size/photo-figures.ts';
import type { LabelledPhoto } from './full-size/photo-labels.ts';
import type { MadeOverPhoto } from './full-size/photos.ts';
import { drawFaceSheet } from './full-size/sheets.ts';
import { defaultGroups, readGroups } from './groups.ts';
import { C_EVAL, type ClassifierConfig } from './instruments/classifier.ts';
import { loadInstruments } from './instruments/load.ts';
import { groupRows } from './measures/groups.ts';
import { seamRows } from './measures/seam.ts';
import { SUBJECT } from './rows.ts';
import {
  CHOICE_SPLIT,
  prepareTarget,
  type Setting,
  type TargetSetting,
  TEST_SPLITS,
} from './target-setting.ts';
import { type Faces, poolFaces, TestFaces, VIEW_SHIFT } from './test-faces.ts';
import { compareResults } from './variants.ts';

/** Faces that go through the model at once. */
const BATCH = 16;

/** What a measurement costs; less only in tests. */
export interface Effort {
  readonly classifier: ClassifierConfig;
  readonly slicing: Slicing;
  /** Splits that are read, of `TEST_SPLITS`. */
  readonly splits: readonly number[];
}

export const FULL_EFFORT: Effort = {
  classifier: C_EVAL,
  slicing: { patches: 128, projections: 256, repetitions: 5 },
  splits: TEST_SPLITS,
};

/** For choices between models, which must not know the test split. */
export const CHOICE_EFFORT: Effort = { ...FULL_EFFORT, splits: [CHOICE_SPLIT] };

/** A data set with its instruments, ready to measure the models of one selection. */
export interface Evaluator {
  /**
   * Measures one target's model on splits 1 and 2, or for choices on 1 alone, beside the accuracy of the instruments on the
   * same splits, baselines, and success by group; at crop size and after the whole pipeline.
   */
  evaluate(target: string, model: ModelRunner): Promise<EvaluationRow[]>;
  /**
   * Measures what variants of one target's model lose against it on the sources of the same splits.
   */
  compareVariants(
    target: string,
    model: ModelRunner,
    variants: readonly ModelRunner[],
  ): Promise<VariantQuality[]>;
  /** Measures one target's model on labelled photos; see `photoRows`. */
  evaluatePhotos(
    target: string,
    models: MakeoverModels,
    photos: readonly LabelledPhoto[],
    onMadeOver: (madeOver: MadeOverPhoto) => Promise<void>,
  ): Promise<EvaluationRow[]>;
  /** Draws the first sources of a split before and after, as PNG; see `drawFaceSheet`. */
  drawSheet(target: string, model: ModelRunner, split: number): Promise<Buffer>;
}

/**
 * Reads a data set and loads its instruments. The test faces are those that `selection.faces`
 * leaves, sources without the narrowing terms, by the splits of the data set.
 *
 * @param report told about slow stages, and what a user should know of the data
 * @param groupSource the file that says which groups results are reported for
 */
export async function createEvaluator(
  data: DataLocation,
  selection: Selection,
  crop: CropGeometry,
  report: (message: string) => void,
  { classifier, slicing, splits }: Effort = FULL_EFFORT,
  groupSource = defaultGroups(data),
): Promise<Evaluator> {
  const folder = await readData(data);
  for (const warning of folder.warnings) report(warning);
  const groups = await readGroups(groupSource, folder);
  const instruments = await loadInstruments(classifier, folder, crop, report);
  const members = [0, ...splits].flatMap((split) => selectFaces(folder, selection.faces, split));
  const store = await loadCrops(folder, members, crop, VIEW_SHIFT);
  const faces = new TestFaces(folder, selection, store);
  const setting = { faces, instruments, groups, slicing, splits };
  const prepared = new Map<string, TargetSetting>();
  return {
    async evaluate(target, model) {
      let ready = prepared.get(target);
      if (ready === undefined) {
        report(`measuring the baselines of ${target}`);
        ready = await prepareTarget(setting, target);
        prepared.set(target, ready);
      }
      report(`measuring ${target}`);
      return [...ready.rows, ...(await measureModel(setting, ready, model))];
    },
    async compareVariants(target, model, variants) {
      report(`measuring the variants of ${target}`);
      const sources = poolFaces(splits.map((split) => faces.population(target, split).sources));
      const makeOver = async (runner: ModelRunner): Promise<Faces> => ({
        files: sources.files,
        levels: await makeOverAll(runner, sources, crop),
      });
      const jury = {
        crop,
        term: faces.firstTerm(target),
        judges: instruments.judges,
        attributes: folder.attributes,
      };
      const reference = await makeOver(model);
      const qualities: VariantQuality[] = [];
      for (const variant of variants) {
        const quality = compareResults(jury, await makeOver(variant), reference);
        qualities.push({ splits: splits.join('+'), ...quality });
      }
      return qualities;
    },
    evaluatePhotos: (target, models, photos, onMadeOver) => {
      const jury = {
        term: faces.firstTerm(target),
        judges: instruments.judges,
        attributes: folder.attributes,
      };
      return photoRows(photos, target, models, jury, onMadeOver);
    },
    drawSheet: (target, model, split) =>
      drawFaceSheet(store, faces.population(target, split).sources.files, model),
  };
}

async function measureModel(
  { faces, instruments, groups, ...setting }: Setting,
  { splits }: TargetSetting,
  model: ModelRunner,
): Promise<EvaluationRow[]> {
  const rows: EvaluationRow[] = [];
  const results: Faces[] = [];
  for (const { test, measures, fullSizeMeasures } of splits) {
    const levels = await makeOverAll(model, test.sources, test.crop);
    const made = { files: test.sources.files, levels };
    results.push(made);
    rows.push(...measures.flatMap(({ measure }) => measure({ of: SUBJECT.model, faces: made })));
    const fullSize = await makeOverFrames(faces.store, test.sources.files, model);
    const subject = { of: SUBJECT.fullSize, faces: fullSize.faces };
    rows.push(
      ...fullSizeMeasures.flatMap(({ measure }) => measure(subject)),
      ...seamRows(test, subject, fullSize.seams),
    );
  }
  const pooled = {
    splits: setting.splits.join('+'),
    crop: faces.crop,
    term: splits[0]?.test.term ?? '',
    sources: poolFaces(splits.map(({ test }) => test.sources)),
    results: poolFaces(results),
  };
  return [...rows, ...groupRows(pooled, instruments.judges, faces.folder.attributes, groups)];
}

/** Runs a served model (uint8 in, uint8 out) on faces; returns levels, [n, h, w, 3]. */
async function makeOverAll(
  model: ModelRunner,
  { files, levels }: Faces,
  { width, height }: CropGeometry,
): Promise<Uint8Array> {
  const bytes = width * height * 3;
  const results = new Uint8Array(levels.length);
  for (let first = 0; first < files.length; first += BATCH) {
    const size = Math.min(BATCH, files.length - first);
    const data = levels.subarray(first * bytes, (first + size) * bytes);
    const dims = [size, height, width, 3];
    const outputs = await model.run({ [IMAGE]: { type: 'uint8', dims, data } });
    results.set(requireBytes(outputs, RESULT, dims), first * bytes);
  }
  return results;
}

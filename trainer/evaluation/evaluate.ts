import type { CropGeometry } from '../../models/contract/crop.ts';
import type { EvaluationRow } from '../../models/contract/manifest.ts';
import { IMAGE, type ModelRunner, RESULT, requireBytes } from '../../models/contract/tensor.ts';
import { readCelebaFolder } from '../data/celeba.ts';
import { loadCrops } from '../data/crops.ts';
import { type Selection, selectFaces } from '../data/populations.ts';
import { meanDifference, meanShift } from './baselines.ts';
import { C_EVAL } from './instruments/classifier.ts';
import { readGroups } from './figures/groups.ts';
import { type Instrument, judge, share } from './instruments/instrument.ts';
import { loadInstruments } from './instruments/load.ts';
import { changeOutside, meanChange, structuralSimilarity } from './figures/pixels.ts';
import { type Faces, TestFaces } from './test-faces.ts';

/** Faces that are changed by less than this many grey levels on average count as unchanged. */
const UNCHANGED_LEVELS = 3;
/** Groups with fewer faces are too small to report. */
const MIN_GROUP = 60;
/** Faces that go through the model at once. */
const BATCH = 16;
const SPLITS = [1, 2];

/** A data set with its instruments, ready to measure the models of one selection. */
export interface Evaluator {
  /**
   * Measures one target's model on splits 1 and 2, beside the accuracy of the instruments on the
   * same splits, baselines, and success by group.
   */
  evaluate(target: string, model: ModelRunner): Promise<EvaluationRow[]>;
}

interface Setting {
  readonly faces: TestFaces;
  readonly instruments: readonly Instrument[];
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads a data set and loads its instruments. The test faces are those that `selection.faces`
 * leaves, sources without the narrowing terms, by the splits of the data set.
 *
 * @param report told about slow stages
 * @param classifier smaller only in tests
 */
export async function createEvaluator(
  data: string,
  selection: Selection,
  crop: CropGeometry,
  report: (message: string) => void,
  classifier = C_EVAL,
): Promise<Evaluator> {
  const folder = await readCelebaFolder(data);
  const instruments = await loadInstruments(classifier, folder, crop, report);
  const groups = await readGroups(data);
  const members = [0, ...SPLITS].flatMap((split) => selectFaces(folder, selection.faces, split));
  const store = await loadCrops(folder, members, crop, 0);
  const setting = { faces: new TestFaces(folder, selection, store), instruments, groups };
  return { evaluate: (target, model) => evaluateTarget(setting, target, model) };
}

/** A split's sources and in which of them each instrument sees the target after the makeover. */
interface SplitSuccess {
  readonly files: readonly string[];
  readonly byInstrument: ReadonlyMap<string, readonly boolean[]>;
}

async function evaluateTarget(
  setting: Setting,
  target: string,
  model: ModelRunner,
): Promise<EvaluationRow[]> {
  const { crop } = setting.faces;
  const train = setting.faces.population(target, 0);
  const difference = meanDifference(
    train.sources.levels,
    train.targets.levels,
    crop.width * crop.height * 3,
  );
  const rows: EvaluationRow[] = [];
  const successes: SplitSuccess[] = [];
  for (const split of SPLITS) {
    const { sources, targets } = setting.faces.population(target, split);
    const results = { files: sources.files, levels: await makeOverAll(model, sources, crop) };
    const byInstrument = new Map<string, readonly boolean[]>();
    for (const by of setting.instruments) {
      byInstrument.set(by.name, seenAs(setting, by, target, results));
      const shifted = (times: number): Faces => ({
        files: sources.files,
        levels: meanShift(sources.levels, difference, times),
      });
      rows.push(
        accuracyRow(setting, by, target, split),
        ...successRows(setting, by, target, split, [
          ['real targets', targets],
          ['model', results],
          ['do nothing', sources],
          ['mean shift', shifted(1)],
          ['mean shift twice', shifted(2)],
        ]),
      );
    }
    rows.push(...pixelRows(crop, split, sources, results));
    successes.push({ files: sources.files, byInstrument });
  }
  return [...rows, ...groupRows(setting, successes)];
}

function seenAs(setting: Setting, by: Instrument, target: string, faces: Faces): boolean[] {
  const term = setting.faces.firstTerm(target);
  return judge(by, faces.levels, faces.files.length, term, setting.faces.folder.attributes);
}

/** Success of each subject, and, for all but the first, as a share of the first's. */
function successRows(
  setting: Setting,
  by: Instrument,
  target: string,
  split: number,
  subjects: readonly (readonly [string, Faces])[],
): EvaluationRow[] {
  const rates = subjects.map(([, faces]) => share(seenAs(setting, by, target, faces)));
  const real = rates[0] as number;
  return subjects.flatMap(([of, { files }], i) => {
    const row = { splits: String(split), of, by: by.name, group: 'all', faces: files.length };
    const rate = rates[i] as number;
    const success = { ...row, figure: 'success', value: rate };
    return i === 0
      ? [success]
      : [success, { ...row, figure: 'success of real', value: rate / real }];
  });
}

/** How often an instrument agrees with the labels of real faces. */
function accuracyRow(
  setting: Setting,
  by: Instrument,
  target: string,
  split: number,
): EvaluationRow {
  const { faces, labels } = setting.faces.labelled(split, setting.faces.firstTerm(target));
  const seen = seenAs(setting, by, target, faces);
  return {
    splits: String(split),
    figure: 'accuracy',
    of: 'real faces',
    by: by.name,
    group: 'all',
    faces: labels.length,
    value: share(labels.map((label, i) => label === seen[i])),
  };
}

function pixelRows(
  crop: CropGeometry,
  split: number,
  sources: Faces,
  results: Faces,
): EvaluationRow[] {
  const bytes = crop.width * crop.height * 3;
  const measured = sources.files.map((_, i) => {
    const x = sources.levels.subarray(i * bytes, (i + 1) * bytes);
    const y = results.levels.subarray(i * bytes, (i + 1) * bytes);
    return {
      change: meanChange(x, y),
      outside: changeOutside(x, y, crop),
      ssim: structuralSimilarity(x, y, crop),
    };
  });
  const figures: [string, number][] = [
    ['mean change in grey levels', mean(measured.map(({ change }) => change))],
    ['unchanged', share(measured.map(({ change }) => change < UNCHANGED_LEVELS))],
    ['SSIM', mean(measured.map(({ ssim }) => ssim))],
    ['outside', mean(measured.map(({ outside }) => outside))],
  ];
  return figures.map(([figure, value]) => ({
    splits: String(split),
    figure,
    of: 'model',
    by: 'pixels',
    group: 'all',
    faces: sources.files.length,
    value,
  }));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Success by group, splits pooled. */
function groupRows(setting: Setting, splits: readonly SplitSuccess[]): EvaluationRow[] {
  return setting.instruments.flatMap(({ name: by }) => {
    const members = new Map<string, boolean[]>();
    for (const { files, byInstrument } of splits) {
      for (const [i, file] of files.entries()) {
        for (const group of setting.groups.get(file) ?? []) {
          const seen = members.get(group) ?? [];
          seen.push(byInstrument.get(by)?.[i] === true);
          members.set(group, seen);
        }
      }
    }
    return [...members]
      .filter(([, seen]) => seen.length >= MIN_GROUP)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([group, seen]) => ({
        splits: SPLITS.join('+'),
        figure: 'success',
        of: 'model',
        by,
        group,
        faces: seen.length,
        value: share(seen),
      }));
  });
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

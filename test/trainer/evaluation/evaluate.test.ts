import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EvaluationRow } from '../../../models/contract/manifest.ts';
import type { ModelRunner } from '../../../models/contract/tensor.ts';
import { readCelebaFolder } from '../../../trainer/data/celeba.ts';
import { centreCrops } from '../../../trainer/data/crop-view.ts';
import { loadCrops } from '../../../trainer/data/crops.ts';
import { selectPopulations } from '../../../trainer/data/populations.ts';
import { createEvaluator, type Evaluator } from '../../../trainer/evaluation/evaluate.ts';
import { augmentFace } from '../../../trainer/evaluation/instruments/augment.ts';
import { C_EVAL } from '../../../trainer/evaluation/instruments/classifier.ts';
import { Random } from '../../../trainer/random.ts';
import { backends } from '../../support/backends.ts';
import { useOwnCache } from '../../support/own-cache.ts';
import { stubGenerator } from '../../support/stub-models.ts';
import { drawCelebaFolder, EVALUATION_CROP } from '../../support/tiny-run.ts';

const EFFORT = {
  classifier: {
    ...C_EVAL,
    widths: [4, 8],
    embedding: 16,
    batchSize: 16,
    epochs: 7,
    learningRate: 0.01,
  },
  slicing: { patches: 4, projections: 8, repetitions: 2 },
  splits: [1, 2],
};
const SELECTION = { faces: '', targets: { feminine: '!Male', masculine: 'Male' } };

function find(rows: EvaluationRow[], by: string, figure: string, of: string): number | undefined {
  return rows.find(
    (row) => row.splits === '2' && row.by === by && row.figure === figure && row.of === of,
  )?.value;
}

/** Every face of the test splits is of one group. */
async function writeGroups(data: string): Promise<void> {
  const { faces } = await readCelebaFolder(data);
  const lines = faces.filter(({ split }) => split > 0).map(({ file }) => `${file},Drawn,`);
  await writeFile(join(data, 'source.csv'), ['file,race,age', ...lines, ''].join('\n'));
}

test('augmentation keeps the size and depends on the generator alone', async () => {
  const face = Uint8Array.from({ length: 8 * 6 * 3 }, (_, i) => i);
  const views = await Promise.all(
    [1, 1, 2].map((seed) => augmentFace(face, 8, 6, new Random(seed))),
  );
  expect(views[0]).toHaveLength(face.length);
  expect(views[0]).toEqual(views[1]);
  expect(views[0]).not.toEqual(views[2]);
});

describe.each(backends.slice(-1))('evaluation on %s', (backend) => {
  useOwnCache();
  let evaluator: Evaluator;
  let targetFace: Uint8Array;
  /** Of a model that does nothing. */
  let still: EvaluationRow[];

  beforeAll(async () => {
    await tf.setBackend(backend);
    const data = await drawCelebaFolder([160, 60, 60], EVALUATION_CROP);
    await writeGroups(data);
    evaluator = await createEvaluator(data, SELECTION, EVALUATION_CROP, () => undefined, EFFORT);
    const folder = await readCelebaFolder(data);
    const store = await loadCrops(folder, folder.faces, EVALUATION_CROP, 0);
    const [feminine] = selectPopulations(folder, SELECTION, 2);
    targetFace = centreCrops(store, [feminine?.targets[0]?.file as string]);
    still = await evaluator.evaluate('feminine', stubGenerator(() => 0, EVALUATION_CROP).runner);
  }, 240_000);

  test('variants are compared with their model on the sources of both splits', async () => {
    const model = stubGenerator(() => 0, EVALUATION_CROP).runner;
    const brighter = stubGenerator((x) => (x === 0 ? 9 : 1), EVALUATION_CROP).runner;
    const [same, other] = await evaluator.compareVariants('feminine', model, [model, brighter]);
    expect(same).toMatchObject({ splits: '1+2', ssim: 1, maxAbs: 0, meanAbs: 0 });
    const source = still.find(({ figure, splits }) => figure === 'SSIM' && splits === '2');
    expect(same?.faces).toBeGreaterThan(source?.faces ?? 0);
    expect(same?.success.map(({ by }) => by)).toEqual(['C_eval', 'ridge']);
    for (const { difference } of same?.success ?? []) expect(difference).toBe(0);
    expect(other?.maxAbs).toBe(9);
    expect(other?.meanAbs).toBeCloseTo(1 + 8 / EVALUATION_CROP.width, 1);
    expect(other?.ssim).toBeLessThan(1);
  });

  test('a model that does nothing scores as doing nothing', () => {
    for (const by of ['C_eval', 'ridge']) {
      expect(find(still, by, 'success', 'model')).toBe(find(still, by, 'success', 'do nothing'));
      expect(find(still, by, 'accuracy', 'real faces')).toBeGreaterThan(0.9);
    }
    expect(find(still, 'pixels', 'unchanged', 'model')).toBe(1);
    expect(find(still, 'pixels', 'SSIM', 'model')).toBeCloseTo(1, 6);
    expect(find(still, 'pixels', 'SSIM', 'full size')).toBeCloseTo(1, 6);
    expect(find(still, 'pixels', 'unchanged', 'full size')).toBe(1);
    expect(find(still, 'pixels', 'seam, worst', 'full size')).toBe(1);
    expect(find(still, 'C_eval', 'gap closed', 'model')).toBe(0);
    expect(find(still, 'C_eval', 'R@1', 'model')).toBe(find(still, 'C_eval', 'R@1', 'do nothing'));
    expect(find(still, 'C_eval', 'verification AUC', 'real faces')).toBeGreaterThan(0.5);
    expect(still.every(({ value }) => Number.isFinite(value))).toBe(true);
  });

  test('every figure of a baseline is one of the model too', () => {
    const figures = (of: string): string[] =>
      still
        .filter((row) => row.of === of && row.splits === '2')
        .map(({ figure, by }) => `${figure} by ${by}`);
    const model = figures('model');
    expect(model).toHaveLength(21);
    const seams = ['mean', '95th percentile', 'worst'].map((of) => `seam, ${of} by pixels`);
    expect(new Set(figures('full size'))).toEqual(new Set([...model, ...seams]));
    for (const of of [
      'do nothing',
      'mean shift',
      'mean shift twice',
      'nearest target',
      'random target',
      'mean target face',
    ]) {
      expect(figures(of)).toEqual(model);
    }
    const group = still.filter((row) => row.group === 'race: Drawn');
    expect(new Set(group.map(({ figure }) => figure))).toEqual(
      new Set(['accuracy', 'success', 'L* shift of skin', 'chroma shift of skin']),
    );
    expect(group.every(({ faces, splits }) => faces >= 60 && splits === '1+2')).toBe(true);
  });

  test('a model that answers a target face succeeds', async () => {
    const model: ModelRunner = {
      run: async ({ image }) => {
        const dims = image?.dims ?? [];
        const data = new Uint8Array((dims[0] ?? 0) * targetFace.length);
        for (let i = 0; i < (dims[0] ?? 0); i++) data.set(targetFace, i * targetFace.length);
        const residual = Float32Array.from(data, (level, i) => level - (image?.data[i] ?? 0));
        return {
          result: { type: 'uint8', dims, data },
          residual: { type: 'float32', dims, data: residual },
        };
      },
    };
    const rows = await evaluator.evaluate('feminine', model);
    expect(find(rows, 'ridge', 'success', 'model')).toBe(1);
    expect(find(rows, 'ridge', 'success', 'do nothing')).toBeLessThan(0.2);
    expect(find(rows, 'pixels', 'unchanged', 'model')).toBe(0);
    // The mask cuts off what lies outside the face.
    const outside = find(rows, 'pixels', 'outside', 'full size') ?? 1;
    expect(outside).toBeLessThan((find(rows, 'pixels', 'outside', 'model') ?? 0) / 2);
    expect(find(rows, 'ridge', 'success', 'full size')).toBeGreaterThan(0.5);
  });
});

describe.each(backends.slice(-1))('data without Male on %s', (backend) => {
  useOwnCache();

  test('is measured along its own attribute', async () => {
    await tf.setBackend(backend);
    const data = await drawCelebaFolder([48, 24, 24], EVALUATION_CROP);
    const list = join(data, 'list_attr_celeba.txt');
    await writeFile(list, (await readFile(list, 'utf8')).replace('Male', 'Bearded'));
    const selection = { faces: '', targets: { shaved: '!Bearded', bearded: 'Bearded' } };
    const effort = { ...EFFORT, splits: [1], classifier: { ...EFFORT.classifier, epochs: 1 } };
    const evaluator = await createEvaluator(
      data,
      selection,
      EVALUATION_CROP,
      () => undefined,
      effort,
    );
    const identity = stubGenerator(() => 0, EVALUATION_CROP).runner;
    const rows = await evaluator.evaluate('shaved', identity);
    const figures = rows
      .filter(({ of }) => of === 'model')
      .map((row) => `${row.figure}, ${row.by}`);
    expect(figures).toEqual(expect.arrayContaining(['flips, ridge', 'identity, C_eval']));
    expect(new Set(rows.map(({ splits }) => splits))).toEqual(new Set(['1']));
    expect(rows.every(({ group }) => group === 'all')).toBe(true);
  });
});

import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findTrainingData } from '../../exporter/data-sources.ts';
import { generatorCard } from '../../exporter/generator/card.ts';
import { exportGenerator } from '../../exporter/generator/export.ts';
import { createGoldenCrops } from '../../exporter/generator/golden-crops.ts';
import { readRun } from '../../exporter/generator/run-folder.ts';
import { main as exportMain } from '../../exporter/main.ts';
import { readManifest as readModelManifest } from '../../exporter/model-folder.ts';
import { publishModel } from '../../exporter/publish.ts';
import { main as verifyMain } from '../../exporter/verify-main.ts';
import { CELEBA_CROP } from '../../models/contract/crop.ts';
import { checkGolden } from '../../models/contract/golden.ts';
import { type GeneratorManifest, parseManifest } from '../../models/contract/manifest.ts';
import { fileFor, goldenOf } from '../../models/contract/variants.ts';
import { createRunner } from '../../trainer/evaluation/runner.ts';
import { loadCheckpoint, saveBestCheckpoint } from '../../trainer/training/checkpoint.ts';
import { readWarmStart } from '../../trainer/training/warm-start.ts';
import { createSmallRun, SMALL_RUN_DIVERGENCE } from '../support/small-run.ts';

const ROW = {
  splits: '2',
  figure: 'success',
  of: 'model',
  by: 'C_eval',
  group: 'all',
  faces: 400,
  value: 0.81234,
};

describe('npm run export', () => {
  let folder: string;
  const errors: string[] = [];

  beforeAll(async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    vi.spyOn(console, 'error').mockImplementation((message: string) => errors.push(message));
    folder = await mkdtemp(join(tmpdir(), 'dm-export-'));
    await createSmallRun(join(folder, 'run'));
    expect([
      await exportMain([join(folder, 'run'), '--out', join(folder, 'models'), '--no-evaluate']),
      ...errors,
    ]).toEqual([0]);
  });

  afterAll(async () => {
    vi.restoreAllMocks();
    await rm(folder, { recursive: true });
  });

  const readManifest = async (target: string): Promise<GeneratorManifest> => {
    const path = join(folder, 'models', target, '1', 'manifest.json');
    return parseManifest(JSON.parse(await readFile(path, 'utf8'))) as GeneratorManifest;
  };

  test('publishes one sound model a target', async () => {
    expect((await readdir(join(folder, 'models'))).sort()).toEqual(['hard', 'soft']);
    const folders = ['hard', 'soft'].map((target) => join(folder, 'models', target, '1'));
    expect(await verifyMain(folders)).toBe(0);
  });

  test('says in the manifest where the weights come from', async () => {
    const manifest = await readManifest('soft');
    expect(manifest.crop).toEqual(CELEBA_CROP);
    expect(manifest.training).toMatchObject({
      preset: 'modern-s',
      steps: 3,
      images: 48,
      trainMinutes: 1.5,
      dataSha256: 'abc',
      faces: '!Eyeglasses',
      divergences: [SMALL_RUN_DIVERGENCE],
    });
    expect(manifest.data[0]).toMatchObject({ name: 'FairFace', licence: 'CC BY 4.0' });
    expect(manifest.golden.input.dims.slice(1)).toEqual([100, 80, 3]);
    expect(manifest.parity.map(({ output }) => output)).toEqual(['result', 'residual']);
  });

  test('writes a card with the figures, the attribution and the limits', async () => {
    const manifest = await readManifest('soft');
    const card = generatorCard({ ...manifest, evaluation: [ROW] }, []);
    expect(card).toContain('### Split 2\n\n| figure | by | model |');
    expect(card).toContain('| success | C_eval | 0.8123 |');
    expect(card).toMatch(/17 of 17 conditions for a release are not met, or not measured/);
    expect(card).toContain('| R@1 | at least 0.95 |  | not measured |');
    expect(card).toContain('!Male,Young');
    expect(card).toContain('| divergence | at step 2 (D is not a number): went on from step 1 ');
    expect(card).toMatch(/Kärkkäinen/);
    for (const heading of ['Training', 'Evaluation', 'Data', 'Limits', 'Bias', 'Consent']) {
      expect(card).toContain(`\n## ${heading}\n`);
    }
    expect(card).toContain('labels call feminine or masculine');
    const targets = { soft: 'Smiling', hard: '!Smiling' };
    const smiling = { ...manifest, training: { ...manifest.training, targets } };
    expect(generatorCard(smiling, [])).toContain('draws what the training labels call "soft"');
    expect(generatorCard(smiling, [])).not.toMatch(/Beards|feminine/);
    const other = await readFile(join(folder, 'models', 'hard', '1', 'README.md'), 'utf8');
    expect(other).toContain('Not evaluated');
  });

  test('ships a variant that was measured and found sound, with golden tolerances', async () => {
    const run = await readRun(join(folder, 'run'), 'last');
    const quality = {
      splits: '1+2',
      faces: 9,
      ssim: 0.99,
      maxAbs: 1,
      meanAbs: 0.1,
      success: [{ by: 'ridge', difference: 0, low: -0.01, high: 0.01 }],
    };
    const { draft, files } = await exportGenerator({
      run,
      target: 'soft',
      version: 2,
      data: findTrainingData(run.config.data, {}),
      commit: 'none',
      crops: await createGoldenCrops(run.config.crop),
      measurement: {
        evaluate: async () => [ROW],
        compareVariants: async (_target, _model, variants) => variants.map(() => quality),
        calibrationCrops: async () => [],
      },
    });
    // Its widest map has four channels, too few for int8.
    expect(draft.variants?.map(({ precision }) => precision)).toEqual(['fp32', 'fp16']);
    expect(Object.keys(files).slice(0, 2)).toEqual(['model.onnx', 'model.fp16.onnx']);
    expect(files['README.md']).toContain('| `model.fp16.onnx` | kernels in half precision |');
    const published = await publishModel(join(folder, 'measured'), draft, files, false);
    expect(await verifyMain([published])).toBe(0);
    const manifest = await readModelManifest(published);
    const half = await createRunner(await readFile(join(published, fileFor(manifest, 'webgpu'))));
    const golden = goldenOf(manifest, 'model.fp16.onnx');
    const read = (path: string) => readFile(join(published, path));
    await checkGolden(half, { ...manifest, golden }, read, 'cpu');
  });

  test('puts the networks beside the model, for runs that go on from it', async () => {
    const run = await readWarmStart(join(folder, 'run'));
    for (const target of ['hard', 'soft']) {
      const model = await readWarmStart(join(folder, 'models', target, '1'));
      expect(model.targets).toEqual(['soft', 'hard']);
      expect([...model.tensors.keys()]).toEqual([...run.tensors.keys()]);
      for (const [name, { data }] of run.tensors) {
        const found = model.tensors.get(name)?.data ?? [];
        data.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 2));
      }
    }
  });

  test('exports the best checkpoint only where there is one', async () => {
    const args = [join(folder, 'run'), '--out', join(folder, 'best'), '--no-evaluate', '--best'];
    expect(await exportMain(args)).toBe(2);
    expect(errors.at(-1)).toMatch(/has no best checkpoint/);
    const last = await loadCheckpoint(join(folder, 'run'), console.warn);
    if (last === undefined) throw new Error('the run has no checkpoint');
    const figures = { successOfReal: 1, unchanged: 0, outside: 0, ssim: 1 };
    const best = { ...last, state: { ...last.state, step: 2 } };
    await saveBestCheckpoint(join(folder, 'run'), best, { score: 1, by: 'C_eval', figures });
    expect(await exportMain(args)).toBe(0);
    const path = join(folder, 'best', 'soft', '1', 'manifest.json');
    expect(parseManifest(JSON.parse(await readFile(path, 'utf8')))).toMatchObject({
      training: { steps: 2 },
    });
  });

  test('adds every target to a Triton model repository', async () => {
    const [out, triton] = [join(folder, 'more-models'), join(folder, 'triton')];
    const args = [join(folder, 'run'), '--out', out, '--no-evaluate', '--triton', triton];
    expect(await exportMain(args)).toBe(0);
    for (const target of ['hard', 'soft']) {
      expect((await readdir(join(triton, target))).sort()).toEqual(['1', 'config.pbtxt']);
    }
  });

  test('does not overwrite a version', async () => {
    const args = [
      join(folder, 'run'),
      '--out',
      join(folder, 'models'),
      '--version',
      '1',
      '--no-evaluate',
    ];
    expect(await exportMain(args)).toBe(2);
    expect(errors.at(-1)).toMatch(/exists already/);
  });

  test('refuses bad arguments and folders that are no runs', async () => {
    expect(await exportMain([])).toBe(2);
    expect(await exportMain(['run', '--version', '0'])).toBe(2);
    expect(await exportMain(['run', '--colour'])).toBe(2);
    expect(await exportMain(['run', '--no-evaluate', '--calibrate', 'faces'])).toBe(2);
    expect(await exportMain([folder])).toBe(2);
    expect(errors.at(-1)).toMatch(/no run folder/);
    expect(await exportMain([join(folder, 'run'), '--data-name', 'Mine'])).toBe(2);
    expect(errors.at(-1)).toMatch(/stated in part.*--data-licence/);
  });

  test('verify names what was damaged', async () => {
    const model = join(folder, 'models', 'hard', '1');
    await appendFile(join(model, 'README.md'), 'and more');
    expect(await verifyMain([model])).toBe(2);
    expect(errors.at(-1)).toMatch(/README\.md is not what was published/);
    await rm(join(model, 'README.md'));
    expect(await verifyMain([model])).toBe(2);
    expect(errors.at(-1)).toMatch(/README\.md is listed/);
    expect(await verifyMain([folder])).toBe(2);
    expect(errors.at(-1)).toMatch(/no readable manifest\.json/);
    expect(await verifyMain([])).toBe(2);
  });
});

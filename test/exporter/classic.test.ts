import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { buildClassicGenerator } from '../../exporter/generator/classic-network.ts';
import { runClassicGenerator } from '../../exporter/generator/classic-reference.ts';
import { compareValues } from '../../exporter/golden.ts';
import { main as exportMain } from '../../exporter/main.ts';
import { main as verifyMain } from '../../exporter/verify-main.ts';
import { type GeneratorManifest, parseManifest } from '../../models/contract/manifest.ts';
import { summariseOnnx } from '../../models/contract/onnx-file.ts';
import type { Tensor, TensorMap } from '../../models/contract/tensor.ts';
import type { Batch } from '../../trainer/data/sampler.ts';
import { createRunner } from '../../trainer/evaluation/runner.ts';
import { initClassicGenerator } from '../../trainer/networks/classic/generator.ts';
import { type ParameterValue, readValues } from '../../trainer/networks/parameters.ts';
import { Random } from '../../trainer/random.ts';
import { saveCheckpoint } from '../../trainer/training/checkpoint.ts';
import { createTrainee } from '../../trainer/training/create-trainee.ts';
import { TINY_CROP, tinyClassicConfig } from '../support/tiny-run.ts';

const size = { height: 100, width: 80 };

function randomImages(n: number, height: number, width: number): Tensor {
  const random = new Random(n * height * width);
  const data = Uint8Array.from({ length: n * height * width * 3 }, () => random.integer(0, 255));
  return { type: 'uint8', dims: [n, height, width, 3], data };
}

/** All weights moved at random, so that no zero hides a mistake. */
function randomWeights(config: Parameters<typeof initClassicGenerator>[0]) {
  const random = new Random(5);
  const weights = new Map<string, ParameterValue>();
  for (const [name, { shape, data }] of initClassicGenerator(config, random)) {
    weights.set(name, { shape, data: data.map((value) => value + 0.15 * random.normal()) });
  }
  return weights;
}

function difference(actual: TensorMap, expected: TensorMap, output: string): number {
  return compareValues((actual[output] as Tensor).data, (expected[output] as Tensor).data).maxAbs;
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe.each([1, 3] as const)('the exported 2017 generator, last kernels of %i', (lastKernel) => {
  const config = { widths: [4, 5, 6, 5, 4] as const, lastKernel };
  const weights = randomWeights(config);
  const file = buildClassicGenerator({ config, weights, size }).build('generator', {});

  test.each([
    [1, 100, 80],
    [3, 24, 44],
  ])('equals tf.js face by face: %i of %i x %i', async (n, height, width) => {
    const images = randomImages(n, height, width);
    const expected = runClassicGenerator(config, weights, images);
    const actual = await (await createRunner(file)).run({ image: images });
    expect(difference(actual, expected, 'residual')).toBeLessThan(1e-4 * 127.5);
    expect(difference(actual, expected, 'result')).toBeLessThanOrEqual(1);
    const residual = (actual['residual'] as Tensor).data;
    const result = (actual['result'] as Tensor).data;
    result.forEach((level, i) => {
      const sum = (images.data[i] as number) + (residual[i] as number);
      expect(Math.abs(level - Math.min(255, Math.max(0, sum)))).toBeLessThan(0.51);
    });
  });

  test('is NCHW inside, with one norm a block', () => {
    const { opTypes } = summariseOnnx(file);
    expect(opTypes.filter((type) => type === 'Transpose')).toHaveLength(2);
    expect(opTypes.filter((type) => type === 'InstanceNormalization')).toHaveLength(8);
    expect(opTypes.slice(-3)).toEqual(['Round', 'Clip', 'Cast']);
  });

  test('refuses weights of another network', () => {
    const partial = new Map([...weights].filter(([name]) => name !== 'rgb/bias'));
    expect(() => buildClassicGenerator({ config, weights: partial, size })).toThrow(
      /no weight rgb\/bias/,
    );
  });
});

test('counts the operations of the 2017 network', () => {
  const config = { widths: [24, 48, 96, 64, 48] as const, lastKernel: 1 as const };
  const weights = initClassicGenerator(config, new Random(1));
  const { flop } = buildClassicGenerator({ config, weights, size });
  expect(flop / 1e9).toBeCloseTo(2.07, 1);
});

describe.each(['classic', 'classic-wgan'] as const)('npm run export of a %s run', (preset) => {
  let folder: string;

  beforeAll(async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    folder = await mkdtemp(join(tmpdir(), 'dm-classic-'));
  });

  afterAll(async () => {
    vi.restoreAllMocks();
    await rm(folder, { recursive: true });
  });

  test('publishes what was trained', async () => {
    const config = tinyClassicConfig(preset, '/data/celeba', 5);
    const run = join(folder, 'run');
    const trainee = createTrainee(config);
    const pixels = 2 * TINY_CROP.width * TINY_CROP.height * 3;
    const random = new Random(4);
    const levels = (): Uint8Array =>
      Uint8Array.from({ length: pixels }, () => random.integer(0, 255));
    const labels = new Int32Array(2);
    const draw = (): Batch => ({
      sources: levels(),
      reals: levels(),
      sourceLabels: labels,
      ownLabels: labels.map(() => -1),
      realLabels: labels,
    });
    // From step 200 on, both presets train the generator.
    for (const progress of [200, 201].map((step) => ({ step, fraction: 0 }))) {
      const batches = Array.from({ length: trainee.batchesPerStep(progress) }, draw);
      tf.dispose([...trainee.step(batches, progress).values()]);
    }
    await mkdir(run);
    await writeFile(join(run, 'config.json'), JSON.stringify(config));
    const summary = { backend: 'cpu', dataSha256: 'abc' };
    await writeFile(join(run, 'summary.json'), JSON.stringify(summary));
    await saveCheckpoint(run, {
      state: {
        step: 202,
        trainedMs: 60_000,
        optimizerSteps: trainee.optimizerSteps,
        sampler: { random: new Random(1).state, decks: [] },
      },
      tensors: readValues(trainee.tensors()),
    });

    const models = join(folder, 'models');
    expect(await exportMain([run, '--out', models, '--no-evaluate'])).toBe(0);
    const model = join(models, 'feminine', '1');
    expect(await verifyMain([model])).toBe(0);
    const manifest = parseManifest(
      JSON.parse(await readFile(join(model, 'manifest.json'), 'utf8')),
    ) as GeneratorManifest;
    expect(manifest.training).toMatchObject({
      preset,
      sources: 'Male',
      targets: { feminine: '!Male' },
      images: preset === 'classic' ? 2 * 184 : 2 * 2016,
    });
    expect(await readFile(join(model, 'README.md'), 'utf8')).toContain(
      '| source population | Male',
    );

    await tf.setBackend('cpu');
    const images = randomImages(2, TINY_CROP.height, TINY_CROP.width);
    const runner = await createRunner(await readFile(join(model, 'model.onnx')));
    const { residual } = await runner.run({ image: images });
    const expected = tf.tidy(() => {
      const dims = images.dims as [number, number, number, number];
      const x = tf.tensor4d(
        Float32Array.from(images.data, (level) => level / 127.5 - 1),
        dims,
      );
      const change = tf.mul(tf.sub(trainee.makeOver(x, 0), x), 127.5);
      return Float32Array.from(change.dataSync());
    });
    expect(compareValues((residual as Tensor).data, expected).maxAbs).toBeLessThan(0.02);
  }, 60_000);
});

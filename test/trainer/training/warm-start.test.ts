import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import type { ModelFile } from '../../../models/contract/manifest.ts';
import type { ModernConfig } from '../../../trainer/config.ts';
import { readValues } from '../../../trainer/networks/parameters.ts';
import { createTrainee } from '../../../trainer/training/create-trainee.ts';
import { ModernTrainee } from '../../../trainer/training/modern.ts';
import {
  applyWarmStart,
  encodeWarmStart,
  readWarmStart,
  WARM_START_FILE,
} from '../../../trainer/training/warm-start.ts';
import { STUB_GENERATOR_MANIFEST } from '../../support/stub-models.ts';
import { tinyConfig } from '../../support/tiny-run.ts';

const config = tinyConfig('', 10);
const other = { ...config, seed: 99 };

beforeAll(async () => {
  await tf.setBackend('cpu');
});

async function writeManifest(folder: string, file: ModelFile): Promise<void> {
  const output = { output: 'result', path: 'a.bin', dims: [1], type: 'uint8', tolerance: {} };
  const golden = { ...STUB_GENERATOR_MANIFEST.golden, outputs: [output] };
  const manifest = { ...STUB_GENERATOR_MANIFEST, files: [file], golden };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

/** A model folder that holds the networks of a fresh model, and those networks. */
async function createModelFolder(): Promise<{ folder: string; trained: ModernTrainee }> {
  const trained = new ModernTrainee(config);
  const folder = await mkdtemp(join(tmpdir(), 'model-'));
  const bytes = encodeWarmStart(config, readValues(trained.tensors()));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await writeFile(join(folder, WARM_START_FILE), bytes);
  await writeManifest(folder, { path: WARM_START_FILE, sha256, bytes: bytes.length });
  return { folder, trained };
}

test('a run goes on from the networks beside a model, in half precision', async () => {
  const { folder, trained } = await createModelFolder();
  const trainee = new ModernTrainee(other);
  applyWarmStart(other, trainee, await readWarmStart(folder));
  for (const group of ['generator', 'ema', 'discriminator'] as const) {
    for (const [name, { data }] of readValues(trained.model[group])) {
      const found = trainee.model[group].get(name)?.dataSync() ?? [];
      data.forEach((value, i) => {
        expect(Math.abs((found[i] as number) - value)).toBeLessThanOrEqual(
          Math.abs(value) * 2 ** -11 + 2 ** -25,
        );
      });
    }
  }
  expect(trainee.optimizerSteps).toEqual({ generator: 0, discriminator: 0 });
});

test('the same weights have the same hash, which is a run’s configuration’s', async () => {
  const { folder } = await createModelFolder();
  const { sha256, preset, targets } = await readWarmStart(folder);
  expect((await readWarmStart(folder)).sha256).toBe(sha256);
  expect({ preset, targets }).toEqual({ preset: 'modern-s', targets: ['feminine', 'masculine'] });
});

const wider: ModernConfig = { ...config, generator: { widths: [2, 3, 8], blocks: 1 } };
const deeper: ModernConfig = { ...config, generator: { widths: [2, 3, 4], blocks: 2 } };
const renamed: ModernConfig = {
  ...config,
  selection: { faces: '', targets: { smiling: 'A', grave: '!A' } },
};

test.each([
  ['wider networks', wider, /are of another architecture .* has shape \[.*\], expected shape \[/],
  ['deeper networks', deeper, /are of another architecture .* has no such tensor, expected shape/],
  ['other targets', renamed, /targets feminine, masculine, this run names smiling, grave/],
])('%s are refused in one line', async (_, changed, message) => {
  const { folder } = await createModelFolder();
  const warm = await readWarmStart(folder);
  const apply = (): void => applyWarmStart(changed, createTrainee(changed), warm);
  expect(apply).toThrow(message);
  expect(apply).not.toThrow(/\n/);
});

test('a damaged file, a model without one and a folder that is neither are refused', async () => {
  const { folder } = await createModelFolder();
  await appendFile(join(folder, WARM_START_FILE), 'x');
  await expect(readWarmStart(folder)).rejects.toThrow(/warm-start\.bin is damaged/);
  const bare = await mkdtemp(join(tmpdir(), 'model-'));
  await expect(readWarmStart(bare)).rejects.toThrow(/no run folder/);
  await writeManifest(bare, { path: 'model.onnx', sha256: '0'.repeat(64), bytes: 1 });
  await expect(readWarmStart(bare)).rejects.toThrow(/holds no warm-start\.bin/);
});

import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type Checkpoint,
  loadBestCheckpoint,
  loadCheckpoint,
  readBestValidation,
  saveBestCheckpoint,
  saveCheckpoint,
  tensorGroup,
  tidyCheckpoints,
} from '../../../trainer/training/checkpoint.ts';

function checkpointAt(step: number): Checkpoint {
  return {
    state: {
      step,
      trainedMs: step,
      optimizerSteps: { generator: step, discriminator: step },
      sampler: { random: [1, 2, 3, 4], decks: [{ shuffledFrom: [5, 6, 7, 8], next: 1 }] },
    },
    tensors: new Map([
      ['ema/head/kernel', { shape: [2, 2], data: Float32Array.of(step, -0, 1e-40, 1 / 3) }],
      ['generator/head/scale', { shape: [], data: Float32Array.of(step) }],
    ]),
  };
}

const ignore = (): void => undefined;

test('comes back bit for bit', async () => {
  const run = await mkdtemp(join(tmpdir(), 'run-'));
  await saveCheckpoint(run, checkpointAt(7));
  const loaded = await loadCheckpoint(run, ignore);
  expect(loaded).toEqual(checkpointAt(7));
  expect([...tensorGroup(checkpointAt(7), 'ema').keys()]).toEqual(['head/kernel']);
});

test('the last two are kept', async () => {
  const run = await mkdtemp(join(tmpdir(), 'run-'));
  for (const step of [1, 2, 30]) await saveCheckpoint(run, checkpointAt(step));
  expect(await readdir(join(run, 'checkpoints'))).toEqual(['step-00000002', 'step-00000030']);
});

test('a damaged one is passed over with a warning', async () => {
  const run = await mkdtemp(join(tmpdir(), 'run-'));
  await saveCheckpoint(run, checkpointAt(1));
  await saveCheckpoint(run, checkpointAt(2));
  await writeFile(join(run, 'checkpoints', 'step-00000002', 'tensors.bin'), Buffer.alloc(20));
  const warnings: string[] = [];
  const loaded = await loadCheckpoint(run, (message) => warnings.push(message));
  expect(loaded?.state.step).toBe(1);
  expect(warnings).toEqual([expect.stringMatching(/step-00000002 is damaged.*SHA-256/)]);
});

test('a run without one starts anew; one with only damaged ones is refused', async () => {
  const run = await mkdtemp(join(tmpdir(), 'run-'));
  expect(await loadCheckpoint(run, ignore)).toBeUndefined();
  await saveCheckpoint(run, checkpointAt(1));
  await writeFile(join(run, 'checkpoints', 'step-00000001', 'checkpoint.json'), '{');
  await expect(loadCheckpoint(run, ignore)).rejects.toThrow(/all checkpoints .* are damaged/);
});

const VALIDATION = {
  score: 0.8,
  by: 'ridge',
  figures: { successOfReal: 0.9, unchanged: 0.13, outside: 0.01, ssim: 0.9 },
};

test('the best is kept beside the last two', async () => {
  const run = await mkdtemp(join(tmpdir(), 'run-'));
  expect(await readBestValidation(run)).toBeUndefined();
  await expect(loadBestCheckpoint(run)).rejects.toThrow(/has no best checkpoint/);
  for (const step of [1, 2, 3, 4]) {
    await saveCheckpoint(run, checkpointAt(step));
    if (step < 3) await saveBestCheckpoint(run, checkpointAt(step), VALIDATION);
  }
  expect(await readdir(join(run, 'checkpoints'))).toEqual([
    'best-00000002',
    'step-00000003',
    'step-00000004',
  ]);
  expect(await loadBestCheckpoint(run)).toEqual(checkpointAt(2));
  expect(await readBestValidation(run)).toEqual(VALIDATION);
  expect((await loadCheckpoint(run, ignore))?.state.step).toBe(4);
});

test('a best of steps that were given up is removed', async () => {
  const run = await mkdtemp(join(tmpdir(), 'run-'));
  await saveBestCheckpoint(run, checkpointAt(9), VALIDATION);
  await tidyCheckpoints(run, 5);
  expect(await readdir(join(run, 'checkpoints'))).toEqual([]);
});

test('what killed saves left is removed, and what was aside is put back', async () => {
  const run = await mkdtemp(join(tmpdir(), 'run-'));
  const folder = join(run, 'checkpoints');
  for (const step of [1, 2]) await saveCheckpoint(run, checkpointAt(step));
  await mkdir(join(folder, 'step-00000003.4711.tmp'));
  await mkdir(join(folder, 'step-00000002.4711.new.4711.tmp'));
  await rename(join(folder, 'step-00000001'), join(folder, 'step-00000001.4711.old'));
  await tidyCheckpoints(run, 2);
  expect(await readdir(folder)).toEqual(['step-00000001', 'step-00000002']);
});

test('a damaged one ahead of the run does not count as one of the last two', async () => {
  const run = await mkdtemp(join(tmpdir(), 'run-'));
  for (const step of [10, 20]) await saveCheckpoint(run, checkpointAt(step));
  await rm(join(run, 'checkpoints', 'step-00000020', 'tensors.bin'));
  await tidyCheckpoints(run, 10);
  for (const step of [11, 12]) await saveCheckpoint(run, checkpointAt(step));
  expect(await readdir(join(run, 'checkpoints'))).toEqual(['step-00000011', 'step-00000012']);
});

test('one of the same step is replaced', async () => {
  const run = await mkdtemp(join(tmpdir(), 'run-'));
  const again = { ...checkpointAt(4), tensors: checkpointAt(8).tensors };
  await saveCheckpoint(run, checkpointAt(4));
  await saveCheckpoint(run, again);
  expect(await loadCheckpoint(run, ignore)).toEqual(again);
  expect(await readdir(join(run, 'checkpoints'))).toEqual(['step-00000004']);
});

import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type Checkpoint,
  loadCheckpoint,
  saveCheckpoint,
  tensorGroup,
} from '../../../trainer/training/checkpoint.ts';

function checkpointAt(step: number): Checkpoint {
  return {
    state: {
      step,
      trainedMs: step,
      generatorAdamSteps: step,
      discriminatorAdamSteps: step,
      sampler: { random: [1, 2, 3, 4], decks: [{ order: [2, 0, 1], next: 1 }] },
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

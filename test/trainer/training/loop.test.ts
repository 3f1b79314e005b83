import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { type Checkpoint, loadCheckpoint } from '../../../trainer/training/checkpoint.ts';
import type { Training } from '../../../trainer/training/loop.ts';
import type { StatsLine, StepStats } from '../../../trainer/training/stats-file.ts';
import { backends } from '../../support/backends.ts';
import { useOwnCache } from '../../support/own-cache.ts';
import { drawCelebaFolder, tinyConfig } from '../../support/tiny-run.ts';
import { createTinyTraining, SILENT, trainToEnd } from '../../support/tiny-training.ts';

useOwnCache();

let data: string;

beforeAll(async () => {
  await tf.setBackend(backends.at(-1) ?? 'cpu');
  data = await drawCelebaFolder([24]);
});

async function readStats({ runFolder }: Training): Promise<StatsLine[]> {
  const text = await readFile(join(runFolder, 'stats.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as StatsLine);
}

async function readLast({ runFolder }: Training): Promise<Checkpoint> {
  const checkpoint = await loadCheckpoint(runFolder, console.warn);
  if (checkpoint === undefined) throw new Error(`${runFolder} has no checkpoint`);
  return checkpoint;
}

/** Spoils the first tensor of a group once, while the batch of a step is drawn. */
function spoilAt({ batches, trainee }: Training, step: number, group: string): void {
  let drawn = 0;
  const next = batches.next.bind(batches);
  batches.next = () => {
    drawn++;
    if (drawn === step) fillWithNaN(trainee.tensors(), group);
    return next();
  };
}

function fillWithNaN(tensors: ReadonlyMap<string, tf.Variable>, group: string): void {
  const [first] = [...tensors].filter(([name]) => name.startsWith(`${group}/`));
  if (first === undefined) throw new Error(`there is no tensor of the group ${group}`);
  const [, variable] = first;
  tf.tidy(() => variable.assign(tf.fill(variable.shape, Number.NaN)));
}

test('writes statistics, grids, events and the last state', async () => {
  const training = await createTinyTraining(tinyConfig(data, 3));
  const reported: StatsLine[] = [];
  const reporter = { ...SILENT, line: (line: StatsLine) => reported.push(line) };
  expect(await trainToEnd(training, { reporter })).toBe(3);
  const lines = await readStats(training);
  expect(lines).toEqual(reported);
  expect(lines.map(({ step }) => step)).toEqual([1, 2, 3]);
  const [first] = lines as [StepStats];
  expect(first.losses).toHaveProperty('G/adversarial');
  expect(first.waitMs).toBeLessThan(first.stepMs);
  expect((await readdir(join(training.runFolder, 'grids'))).sort()).toEqual([
    'step-00000002.png',
    'step-00000003.png',
  ]);
  const events = await readFile(join(training.runFolder, 'events.out.tfevents.train'), 'latin1');
  for (const tag of ['loss/G/adversarial', 'run/learningRate', 'grid'])
    expect(events).toContain(tag);
  expect((await readLast(training)).state).toMatchObject({ step: 3, divergences: [] });
}, 60_000);

test('goes back and on at half the rate after a divergence, and records it', async () => {
  const training = await createTinyTraining(tinyConfig(data, 6));
  spoilAt(training, 4, 'generator');
  const summarised: number[] = [];
  const onDivergence = async (divergences: readonly unknown[]) => {
    summarised.push(divergences.length);
  };
  // Checkpoints after every step: the run loses only the step that diverged.
  expect(await trainToEnd(training, { checkpointEveryMs: 0, onDivergence })).toBe(6);
  const divergence = {
    noticedAtStep: 3,
    reason: expect.stringContaining('is not a number'),
    reloadedStep: 3,
    learningRateScale: 0.5,
  };
  const lines = await readStats(training);
  expect(lines.map(({ step }) => step)).toEqual([1, 2, 3, 3, 4, 5, 6]);
  expect(lines[3]).toEqual({ step: 3, divergence });
  const rates = lines.flatMap((line) => ('losses' in line ? [line.learningRate] : []));
  // The schedule falls linearly in the second half: 2/3, 1/3 and 0 of the full rate at 4, 5 and 6.
  expect(rates[3] as number).toBeCloseTo(((rates[0] as number) * 2) / 3 / 2, 8);
  const { state, tensors } = await readLast(training);
  expect(state.divergences).toEqual([divergence]);
  expect([...tensors.values()].every((value) => value.data.every(Number.isFinite))).toBe(true);
  expect(summarised).toEqual([1]);
}, 60_000);

test('draws other batches after a divergence', async () => {
  const training = await createTinyTraining(tinyConfig(data, 4));
  const drawn: string[] = [];
  const { batches } = training;
  const next = batches.next.bind(batches);
  batches.next = async () => {
    const batch = await next();
    drawn.push(Buffer.from(batch.sources).toString('base64'));
    return batch;
  };
  spoilAt(training, 2, 'discriminator');
  await trainToEnd(training);
  // Without a checkpoint in between the run starts over, and its second first batch is another.
  expect(drawn.length).toBe(6);
  expect(new Set(drawn).size).toBe(6);
}, 60_000);

test('never saves networks that an update has spoilt', async () => {
  const training = await createTinyTraining(tinyConfig(data, 3));
  // The average is written after the losses, and no loss reads it.
  spoilAt(training, 2, 'ema');
  expect(await trainToEnd(training)).toBe(3);
  const { state, tensors } = await readLast(training);
  expect(state.divergences).toMatchObject([{ reason: expect.stringContaining('not finite') }]);
  expect([...tensors.values()].every((value) => value.data.every(Number.isFinite))).toBe(true);
}, 60_000);

test('ends with an error when it diverges again and again, and keeps what was good', async () => {
  const training = await createTinyTraining({ ...tinyConfig(data, 20), learningRate: 1e30 });
  await expect(trainToEnd(training)).rejects.toThrow(
    /diverged at step [1-9]\d* .* after 3 reloads .* keeps step 0: .*lower --learning-rate/,
  );
  const { state } = await readLast(training);
  expect(state.step).toBe(0);
  expect(state.divergences?.map((each) => each.learningRateScale)).toEqual([0.5, 0.25, 0.125]);
}, 60_000);

test('leaks no tensor from step to step', async () => {
  const training = await createTinyTraining(tinyConfig(data, 20));
  await trainToEnd(training, { logEverySteps: 4 });
  const lines = (await readStats(training)) as StepStats[];
  expect(new Set(lines.map(({ tensors }) => tensors)).size).toBe(1);
}, 120_000);

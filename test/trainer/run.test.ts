import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import type { RunSummary } from '../../trainer/run-folder.ts';
import { stepOfEvent } from '../../trainer/tensorboard/event.ts';
import { decodeRecords } from '../../trainer/tensorboard/record.ts';
import { type Checkpoint, loadCheckpoint } from '../../trainer/training/checkpoint.ts';
import type { StepStats } from '../../trainer/training/stats-file.ts';
import { useOwnCache } from '../support/own-cache.ts';
import { drawCelebaFolder, tinyConfig } from '../support/tiny-run.ts';
import {
  createRunFolder,
  newestStep,
  startTraining,
  trainWithKills,
} from '../support/training-process.ts';

useOwnCache();

/** A step takes up to a second on the pure JavaScript backend. */
const STEPS = 24;
const KILLS = 3;

let data: string;

beforeAll(async () => {
  data = await drawCelebaFolder([40, 10]);
});

async function lastCheckpoint(run: string): Promise<Checkpoint> {
  const checkpoint = await loadCheckpoint(run, console.warn);
  if (checkpoint?.state.step !== STEPS) throw new Error(`${run} did not end at step ${STEPS}`);
  return checkpoint;
}

/** What must not depend on whether a run was interrupted. */
async function readTrace(run: string): Promise<object> {
  const { state, tensors } = await lastCheckpoint(run);
  const stats = (await readFile(join(run, 'stats.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as StepStats)
    .map(({ step, learningRate, losses }) => ({ step, learningRate, losses }));
  const events = await readFile(join(run, 'events.out.tfevents.train'));
  return {
    tensors,
    sampler: state.sampler,
    stats,
    eventSteps: [...decodeRecords(events)].map((record) => stepOfEvent(record.data)),
    grids: (await readdir(join(run, 'grids'))).sort(),
  };
}

test('a run that is killed again and again ends like one that was not', async () => {
  const whole = await createRunFolder(tinyConfig(data, STEPS));
  const killed = await createRunFolder(tinyConfig(data, STEPS));
  const [first, last] = await Promise.all([
    startTraining(['--resume', whole, '--log-steps', '5']).ended,
    trainWithKills(killed, KILLS, ['--log-steps', '5']),
  ]);
  expect(first.output).toContain(`done: ${STEPS} steps`);
  expect(last).toMatchObject({ code: 0, output: expect.stringMatching(/resumed at step \d+/) });
  expect(await readTrace(killed)).toEqual(await readTrace(whole));
  expect(await readdir(join(killed, 'checkpoints'))).toHaveLength(2);

  const grids = await readdir(join(whole, 'grids'));
  const grid = await sharp(join(whole, 'grids', grids[0] as string)).metadata();
  expect(grid.height).toBe(4 * 20);
  const summary = JSON.parse(await readFile(join(whole, 'summary.json'), 'utf8')) as RunSummary;
  expect(summary.dataSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(summary.divergences).toEqual([]);
  // Not a terminal: every line is one JSON object.
  for (const line of first.output.trim().split('\n')) {
    if (line.startsWith('{')) expect(JSON.parse(line)).toHaveProperty('event');
  }
}, 240_000);

test('Ctrl+C finishes the step and saves', async () => {
  const run = await createRunFolder(tinyConfig(data, 100_000));
  const { child, ended } = startTraining(['--resume', run]);
  // The first checkpoint is made before the first step.
  await expect.poll(() => newestStep(run), { timeout: 60_000 }).toBe(0);
  child.kill('SIGINT');
  const { code, output } = await ended;
  expect(code).toBe(0);
  expect(output).toMatch(/stopping after this step/);
  const step = Number(/stopped and saved at step (\d+)/.exec(output)?.[1]);
  expect(newestStep(run)).toBe(step);
}, 120_000);

test('--gpu is refused where there is no GPU', async () => {
  const run = await createRunFolder(tinyConfig(data, 2));
  const { code, output } = await startTraining(['--resume', run, '--gpu']).ended;
  expect(code).toBe(2);
  expect(output).toMatch(/--gpu needs .*this is .*setup:trainer -- --gpu.*or leave --gpu out/);
  expect(await readdir(run)).toEqual(['config.json']);
}, 90_000);

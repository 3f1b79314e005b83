import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import type { RunSummary } from '../../trainer/run-folder.ts';
import { type Checkpoint, loadCheckpoint } from '../../trainer/training/checkpoint.ts';
import { useOwnCache } from '../support/own-cache.ts';
import { drawCelebaFolder, tinyConfig } from '../support/tiny-run.ts';

useOwnCache();

const MAIN = fileURLToPath(new URL('../../trainer/main.ts', import.meta.url));
/** A step takes up to a second on the pure JavaScript backend. */
const STEPS = 24;

let data: string;

beforeAll(async () => {
  data = await drawCelebaFolder([40, 10]);
});

/** A run folder as `train` makes it, with networks small enough for any backend. */
async function createRun(): Promise<string> {
  const run = join(await mkdtemp(join(tmpdir(), 'runs-')), 'run');
  await mkdir(run);
  await writeFile(join(run, 'config.json'), JSON.stringify(tinyConfig(data, STEPS)));
  return run;
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function train(args: readonly string[], signal?: AbortSignal): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    // One thread: sums of several threads differ in the last bits from run to run.
    env: { ...process.env, TF_NUM_INTRAOP_THREADS: '1', OMP_NUM_THREADS: '1' },
  });
  signal?.addEventListener('abort', () => child.kill('SIGKILL'));
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** Trains with a checkpoint after every step, and kills the process when it has made a few. */
async function trainAndKill(run: string): Promise<void> {
  const killer = new AbortController();
  const ended = train(['--resume', run, '--checkpoint-minutes', '1e-6'], killer.signal);
  const isUnderWay = (): boolean => {
    const folder = join(run, 'checkpoints');
    return existsSync(folder) && readdirSync(folder).some((name) => name >= 'step-00000004');
  };
  await expect.poll(isUnderWay, { timeout: 60_000, interval: 5 }).toBe(true);
  killer.abort();
  await ended;
}

async function lastCheckpoint(run: string): Promise<Checkpoint> {
  const checkpoint = await loadCheckpoint(run, console.warn);
  if (checkpoint?.state.step !== STEPS) throw new Error(`${run} did not end at step ${STEPS}`);
  return checkpoint;
}

test('a run that is killed and resumed ends like one that was not', async () => {
  const whole = await createRun();
  const killed = await createRun();
  const [first] = await Promise.all([train(['--resume', whole]), trainAndKill(killed)]);
  expect(first.output).toContain(`done: ${STEPS} steps`);
  const resumed = await train(['--resume', killed]);
  expect(resumed.output).toMatch(/resumed at step \d+/);
  expect(resumed.code).toBe(0);
  const [expected, found] = [await lastCheckpoint(whole), await lastCheckpoint(killed)];
  expect(found.tensors).toEqual(expected.tensors);
  expect(found.state.sampler).toEqual(expected.state.sampler);

  const grids = await readdir(join(whole, 'grids'));
  const grid = await sharp(join(whole, 'grids', grids[0] as string)).metadata();
  expect(grid.height).toBe(4 * 20);
  const summary = JSON.parse(await readFile(join(whole, 'summary.json'), 'utf8')) as RunSummary;
  expect(summary.dataSha256).toMatch(/^[0-9a-f]{64}$/);
}, 120_000);

test.each([
  [[], /--data is missing/],
  [['--data', '/nonexistent', '--target', 'a=Male', '--target', 'b=!Male'], /list_attr_celeba.txt/],
  [['--data', 'DATA', '--target', 'a=Male'], /at least two different --target/],
  [['--data', 'DATA', '--target', 'a=Man', '--target', 'b=!Man'], /unknown attribute "Man"/],
  [['--data', 'DATA', '--target', 'Male'], /NAME=EXPRESSION/],
  [
    ['--minutes', 'soon', '--data', 'DATA', '--target', 'a=Male', '--target', 'b=!Male'],
    /--minutes/,
  ],
  [
    ['--freeze-norm', '1', '--data', 'DATA', '--target', 'a=Male', '--target', 'b=!Male'],
    /--freeze-norm needs a number from 0 to below 1/,
  ],
  [['--bogus'], /bogus/],
  [['--resume', 'RUN', '--minutes', '5'], /run's own settings: leave out --minutes/],
])('%j is refused with a reason', async (args, message) => {
  const { code, output } = await train(args.map((arg) => (arg === 'DATA' ? data : arg)));
  expect(output).toMatch(message);
  expect(code).toBe(2);
});

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import type { StepStats } from '../../trainer/training/loop.ts';
import type { RunSummary } from '../../trainer/training/run.ts';
import { drawCelebaFolder, tinyConfig } from '../support/tiny-run.ts';

const MAIN = fileURLToPath(new URL('../../trainer/main.ts', import.meta.url));
const STEPS = 150;

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

function train(
  args: readonly string[],
  onOutput?: (text: string, kill: () => void) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    // One thread: sums of several threads differ in the last bits from run to run.
    env: { ...process.env, TF_NUM_INTRAOP_THREADS: '1', OMP_NUM_THREADS: '1' },
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
    onOutput?.(output, () => child.kill('SIGKILL'));
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, output }));
  });
}

async function lossesOf(run: string): Promise<Map<number, StepStats['losses']>> {
  const lines = (await readFile(join(run, 'stats.jsonl'), 'utf8')).trim().split('\n');
  return new Map(
    lines.map((line) => {
      const { step, losses } = JSON.parse(line) as StepStats;
      return [step, losses];
    }),
  );
}

test('a run that is killed and resumed ends like one that was not', async () => {
  const whole = await createRun();
  const killed = await createRun();
  const [first] = await Promise.all([
    train(['--resume', whole]),
    train(['--resume', killed, '--checkpoint-minutes', '0.005'], (output, kill) => {
      if (output.includes('step 50 ')) kill();
    }),
  ]);
  expect(first.output).toContain(`done: ${STEPS} steps`);
  const resumed = await train(['--resume', killed]);
  expect(resumed.output).toMatch(/resumed at step \d+/);
  expect(resumed.code).toBe(0);
  expect((await lossesOf(killed)).get(STEPS)).toEqual((await lossesOf(whole)).get(STEPS));

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
  [['--bogus'], /bogus/],
])('%j is refused with a reason', async (args, message) => {
  const { code, output } = await train(args.map((arg) => (arg === 'DATA' ? data : arg)));
  expect(output).toMatch(message);
  expect(code).toBe(2);
});

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TrainConfig } from '../../trainer/config.ts';
import { Random } from '../../trainer/random.ts';

const MAIN = fileURLToPath(new URL('../../trainer/main.ts', import.meta.url));
/** How soon after its first new checkpoint a process is killed, at most. */
const MAX_KILL_DELAY_MS = 150;
const POLL_MS = 5;

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export interface TrainingProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** A run folder as `train` makes it, for configurations that no preset has. */
export async function createRunFolder(config: TrainConfig): Promise<string> {
  const run = join(await mkdtemp(join(tmpdir(), 'runs-')), 'run');
  await mkdir(run);
  await writeFile(join(run, 'config.json'), JSON.stringify(config));
  return run;
}

/** Starts `npm run train` without npm. */
export function startTraining(args: readonly string[]): TrainingProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    // One thread: sums of several threads differ in the last bits from run to run.
    env: { ...process.env, TF_NUM_INTRAOP_THREADS: '1', OMP_NUM_THREADS: '1' },
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, output }));
  });
  return { child, ended };
}

/** The number of the newest checkpoint; -1 before the first. */
export function newestStep(run: string): number {
  const folder = join(run, 'checkpoints');
  if (!existsSync(folder)) return -1;
  const steps = readdirSync(folder).map((name) => Number(/^step-(\d+)$/.exec(name)?.[1] ?? -1));
  return Math.max(-1, ...steps);
}

/**
 * Trains a run with a checkpoint after every step; kills the process at a random moment after it has
 * made some progress, and resumes, `kills` times.
 *
 * @returns the end of the last process, which was left alone
 */
export async function trainWithKills(
  run: string,
  kills: number,
  options: readonly string[],
): Promise<Ended> {
  const random = new Random(kills);
  const args = ['--resume', run, '--checkpoint-minutes', '1e-6', ...options];
  for (let i = 0; i < kills; i++) {
    const before = newestStep(run);
    const { child, ended } = startTraining(args);
    while (newestStep(run) <= before + 1 && child.exitCode === null) await delay(POLL_MS);
    await delay(random.integer(0, MAX_KILL_DELAY_MS));
    child.kill('SIGKILL');
    await ended;
  }
  return startTraining(args).ended;
}

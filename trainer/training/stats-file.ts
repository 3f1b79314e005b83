import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../files.ts';
import type { StepStats } from './loop.ts';

const STATS_FILE = 'stats.jsonl';

/** Adds a line to a run folder's `stats.jsonl`. */
export async function appendStats(runFolder: string, stats: StepStats): Promise<void> {
  await appendFile(join(runFolder, STATS_FILE), `${JSON.stringify(stats)}\n`);
}

/**
 * Drops the lines of steps that a killed run made after its last checkpoint, and a line that the
 * kill cut off: the resumed run makes these steps again.
 *
 * @param step steps done at the checkpoint
 */
export async function rewindStats(runFolder: string, step: number): Promise<void> {
  const path = join(runFolder, STATS_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    // Killed before its first line.
    return;
  }
  const kept = text.split('\n').filter((line) => stepOf(line) <= step);
  await writeFileAtomically(path, kept.map((line) => `${line}\n`).join(''));
}

/** Infinity for a line that is not whole. */
function stepOf(line: string): number {
  try {
    return (JSON.parse(line) as StepStats).step;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

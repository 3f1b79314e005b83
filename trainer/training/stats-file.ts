import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingDivergence } from '../../models/contract/manifest.ts';
import { writeFileAtomically } from '../files.ts';
import type { Validation } from './validation.ts';

const STATS_FILE = 'stats.jsonl';

/** A line of `stats.jsonl`. */
export type StatsLine = StepStats | ValidationLine | DivergenceLine;

/** How training goes: means since the line of this kind before. */
export interface StepStats {
  /** Steps done. */
  readonly step: number;
  readonly trainMinutes: number;
  readonly fraction: number;
  /** Time of a step, the wait for its batch included; nothing else that the run does. */
  readonly stepMs: number;
  readonly waitMs: number;
  readonly learningRate: number;
  readonly tensors: number;
  readonly rssBytes: number;
  readonly losses: Readonly<Record<string, number>>;
}

/** What validation found of the checkpoint at a step. */
export interface ValidationLine {
  readonly step: number;
  readonly validation: Validation;
  readonly isBest: boolean;
}

/** The run went on from this step after it had diverged. */
export interface DivergenceLine {
  readonly step: number;
  readonly divergence: TrainingDivergence;
}

/** Adds a line to a run folder's `stats.jsonl`. */
export async function appendStats(runFolder: string, line: StatsLine): Promise<void> {
  await appendFile(join(runFolder, STATS_FILE), `${JSON.stringify(line)}\n`);
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
    return (JSON.parse(line) as StatsLine).step;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

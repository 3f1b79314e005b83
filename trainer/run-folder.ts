import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TrainingDivergence } from '../models/contract/manifest.ts';
import type { TrainConfig } from './config.ts';
import { writeFileAtomically } from './files.ts';
import { parseConfig } from './stored-config.ts';

/** `summary.json` of a run folder: what a manifest says about a run beside its configuration. */
export interface RunSummary {
  readonly backend: string;
  /** What computed; the first runs did not say. */
  readonly device?: string;
  readonly dataSha256: string;
  readonly divergences?: readonly TrainingDivergence[];
}

/**
 * `config.json` appears last and whole, so that a folder with one is a run.
 * Throws an Error when the folder exists.
 */
export async function createRunFolder(runFolder: string, config: TrainConfig): Promise<void> {
  requireNewFolder(runFolder);
  await mkdir(dirname(runFolder), { recursive: true });
  await mkdir(runFolder);
  try {
    await writeFileAtomically(join(runFolder, 'config.json'), JSON.stringify(config, undefined, 2));
  } catch (error) {
    await rm(runFolder, { recursive: true });
    throw error;
  }
}

/** Throws an Error when a folder exists. */
export function requireNewFolder(runFolder: string): void {
  if (!existsSync(runFolder)) return;
  throw new Error(`${runFolder} exists already: choose another --out, or --resume it`);
}

/** Reads the resolved configuration of a run folder. */
export async function readConfig(runFolder: string): Promise<TrainConfig> {
  try {
    return parseConfig(await readFile(join(runFolder, 'config.json'), 'utf8'));
  } catch (cause) {
    throw new Error(`${runFolder} is no run folder: it has no readable config.json`, { cause });
  }
}

/** Training writes the summary when it starts and whenever it is resumed. */
export async function readSummary(runFolder: string): Promise<RunSummary> {
  const path = join(runFolder, 'summary.json');
  try {
    return JSON.parse(await readFile(path, 'utf8')) as RunSummary;
  } catch (cause) {
    throw new Error(`${path} cannot be read: resume the run, which writes it anew`, { cause });
  }
}

/**
 * The state of a checkpoint counts on the lists that the run began with.
 * Throws an Error when they have changed since.
 */
export async function requireSameData(runFolder: string, dataSha256: string): Promise<void> {
  // Without a summary the run was stopped before it had begun.
  if (!existsSync(join(runFolder, 'summary.json'))) return;
  if ((await readSummary(runFolder)).dataSha256 === dataSha256) return;
  throw new Error(
    'the attribute or partition list of the data is not what it was when the run began: put the old one back, or start a new run',
  );
}

/** Writes `summary.json` anew. */
export async function writeSummary(runFolder: string, summary: RunSummary): Promise<void> {
  await writeFileAtomically(join(runFolder, 'summary.json'), JSON.stringify(summary, undefined, 2));
}

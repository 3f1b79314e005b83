import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TrainConfig } from './config.ts';
import { writeFileAtomically } from './files.ts';

/** `summary.json` of a run folder: what a manifest says about a run beside its configuration. */
export interface RunSummary {
  readonly backend: string;
  readonly dataSha256: string;
}

/**
 * `config.json` appears last and whole, so that a folder with one is a run.
 * Throws an Error when the folder exists.
 */
export async function createRunFolder(runFolder: string, config: TrainConfig): Promise<void> {
  await mkdir(dirname(runFolder), { recursive: true });
  try {
    await mkdir(runFolder);
  } catch (cause) {
    throw new Error(`${runFolder} exists already: choose another --out, or --resume it`, { cause });
  }
  await writeFileAtomically(join(runFolder, 'config.json'), JSON.stringify(config, undefined, 2));
}

/** Reads the resolved configuration of a run folder. */
export async function readConfig(runFolder: string): Promise<TrainConfig> {
  try {
    return JSON.parse(await readFile(join(runFolder, 'config.json'), 'utf8')) as TrainConfig;
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

/** Writes `summary.json` anew. */
export async function writeSummary(runFolder: string, summary: RunSummary): Promise<void> {
  await writeFileAtomically(join(runFolder, 'summary.json'), JSON.stringify(summary, undefined, 2));
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeLeftovers, writeFileAtomically } from '../files.ts';
import type { Reporter } from '../reporter.ts';
import { appendImage, appendScalars, rewindEvents } from '../tensorboard/event-file.ts';
import { appendStats, rewindStats, type StatsLine } from './stats-file.ts';

/** What a run tells: `stats.jsonl`, TensorBoard events and grids in its folder, and its reporter. */
export class RunLog {
  readonly #runFolder: string;
  readonly #reporter: Reporter;

  /** Write nothing before the first `rewind`. */
  constructor(runFolder: string, reporter: Reporter) {
    this.#runFolder = runFolder;
    this.#reporter = reporter;
  }

  /** Makes the files say what they said when these steps had been done. */
  async rewind(step: number): Promise<void> {
    await removeLeftovers(this.#runFolder);
    await mkdir(join(this.#runFolder, 'grids'), { recursive: true });
    await removeLeftovers(join(this.#runFolder, 'grids'));
    await rewindStats(this.#runFolder, step);
    await rewindEvents(this.#runFolder, step);
  }

  async add(line: StatsLine): Promise<void> {
    await appendStats(this.#runFolder, line);
    await appendScalars(this.#runFolder, line.step, scalarsOf(line));
    this.#reporter.line(line);
  }

  /** @param png faces before and after */
  async addGrid(step: number, png: Uint8Array): Promise<void> {
    const name = `step-${String(step).padStart(8, '0')}.png`;
    await writeFileAtomically(join(this.#runFolder, 'grids', name), png);
    await appendImage(this.#runFolder, step, 'grid', png);
  }
}

/** Numbers by the name of their chart. */
function scalarsOf(line: StatsLine): Record<string, number> {
  if ('validation' in line) {
    const { score, figures } = line.validation;
    return prefixed('validation', { score, ...figures });
  }
  if ('divergence' in line) {
    return { 'run/learningRateScale': line.divergence.learningRateScale };
  }
  const { step: _, losses, ...numbers } = line;
  return { ...prefixed('run', numbers), ...prefixed('loss', losses) };
}

function prefixed(group: string, values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${group}/${name}`, value]),
  );
}

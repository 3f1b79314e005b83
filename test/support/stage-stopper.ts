import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';

const PRELOAD = new URL('stop-at-stage.ts', import.meta.url);

/** Stops photo workers in the midst of a photo, at a stage of the test's choice. */
export class StageStopper {
  readonly #folder = mkdtempSync(join(tmpdir(), 'deep-makeover-stage-'));
  readonly #file = join(this.#folder, 'stage');

  /** Workers that start from now on can be stopped, until the test's environment is restored. */
  constructor() {
    writeFileSync(this.#file, '');
    vi.stubEnv('STOP_AT_STAGE_FILE', this.#file);
    // Sources, and so workers started from sources, are read through tsx.
    vi.stubEnv('NODE_OPTIONS', `--import tsx --import ${PRELOAD.href}`);
  }

  /** Workers stop when they come to a stage; at none when it is empty. */
  stopAt(stage: string): void {
    writeFileSync(this.#file, stage);
  }

  /** Resolves when a worker has stopped. */
  async untilStopped(pid: number): Promise<void> {
    await expect.poll(() => processState(pid)).toBe('T');
  }

  /** Lets workers stop nowhere any more, and a stopped one go on. */
  release(pid: number): void {
    this.stopAt('');
    process.kill(pid, 'SIGCONT');
  }

  remove(): void {
    vi.unstubAllEnvs();
    rmSync(this.#folder, { recursive: true });
  }
}

/** One letter: R running, S sleeping, T stopped (proc(5)). */
function processState(pid: number): string | undefined {
  return /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}

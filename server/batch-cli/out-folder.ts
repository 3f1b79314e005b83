import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConfigError } from '../config.ts';
import { writeFileAtomically } from '../files.ts';
import { RunError } from './failure.ts';
import { STATE_FOLDER } from './state-file.ts';

/** The folder of results, which one run at a time may fill. */
export class OutFolder {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Makes the folder where it is not there, takes it, and clears what a killed run has left.
   *
   * @throws ConfigError when another run has it, or it cannot be written
   */
  static async take(folder: string): Promise<OutFolder> {
    try {
      await mkdir(join(folder, STATE_FOLDER), { recursive: true });
      await lock(lockPath(folder));
      await rm(partialFolder(folder), { recursive: true, force: true });
      await mkdir(partialFolder(folder));
      return new OutFolder(folder);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new ConfigError(`${folder} cannot take results (${reason}): name another OUT`);
    }
  }

  /** Whether a result is there, at its size. */
  async holds(name: string, bytes: number): Promise<boolean> {
    try {
      const found = await stat(join(this.#folder, name));
      return found.isFile() && found.size === bytes;
    } catch {
      return false;
    }
  }

  /**
   * Puts a result in its place, whole or not at all; a file of that name is replaced. What is
   * written lies in a folder of our own until it is synced: a killed run leaves nothing beside the
   * results.
   *
   * @throws RunError when it cannot be written: the next one could not either
   */
  async put(name: string, content: Uint8Array): Promise<void> {
    const target = join(this.#folder, name);
    const partial = join(partialFolder(this.#folder), crypto.randomUUID());
    try {
      await writeFileAtomically(partial, content);
      await mkdir(dirname(target), { recursive: true });
      await rename(partial, target);
    } catch (error) {
      await rm(partial, { force: true });
      const reason = error instanceof Error ? error.message : String(error);
      throw new RunError(1, `${target} cannot be written (${reason}): the results so far are kept`);
    }
  }

  async release(): Promise<void> {
    await rm(partialFolder(this.#folder), { recursive: true, force: true });
    await rm(lockPath(this.#folder), { force: true });
  }
}

function partialFolder(folder: string): string {
  return join(folder, STATE_FOLDER, 'partial');
}

function lockPath(folder: string): string {
  return join(folder, STATE_FOLDER, 'lock');
}

/** A lock holds its owner's process id; one whose owner has ended counts for nothing. */
async function lock(path: string): Promise<void> {
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(await readFile(path, 'utf8').catch(() => '0'));
    if (isRunning(owner)) {
      throw new ConfigError(
        `process ${owner} is filling this folder: wait for it, or remove ${path} if it is no batch`,
      );
    }
    await rm(path, { force: true });
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, for another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

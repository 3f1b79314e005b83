import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Frees a run folder for other processes. */
export type ReleaseLock = () => Promise<void>;

/** Who trains in a folder, as its lock file says. */
interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Keeps other processes from training in a run folder, where two would overwrite each other's
 * checkpoints. A lock that was left by a killed process of this machine is taken over.
 *
 * @throws Error that names the process which trains there
 */
export async function lockRun(runFolder: string): Promise<ReleaseLock> {
  const path = join(runFolder, 'train.lock');
  const own: Holder = { pid: process.pid, host: hostname() };
  for (;;) {
    try {
      await writeFile(path, JSON.stringify(own), { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await readHolder(path);
    if (holder !== undefined && isAlive(holder)) {
      throw new Error(
        `process ${holder.pid} on ${holder.host} trains in ${runFolder} already: stop it first, or remove ${path} if that is another program`,
      );
    }
    await rm(path, { force: true });
  }
}

/** Undefined for a lock that was released meanwhile, or that a killed process left unfinished. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** A process of another machine cannot be seen from here, and counts as alive. */
function isAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return false;
  try {
    // Signal 0 is delivered to nobody.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

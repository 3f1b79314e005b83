import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeFileAtomically } from '../files.ts';

/** Written last: the files that must be there, with their bytes. */
const MARKER = 'complete.json';

type Sizes = Readonly<Record<string, number>>;

/** Names a build of native TensorFlow in the user's cache by all that decides what is in it. */
export function entryName(libraryId: string, architecture: string, tfjsVersion: string): string {
  return `${libraryId}-${architecture}-tfjs-${tfjsVersion}-napi-8`;
}

/** Whether an entry was finished and its files still have the sizes that they had then. */
export async function isComplete(entry: string): Promise<boolean> {
  try {
    const sizes = JSON.parse(await readFile(join(entry, MARKER), 'utf8')) as Sizes;
    for (const [path, bytes] of Object.entries(sizes)) {
      if ((await stat(join(entry, path))).size !== bytes) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/**
 * Builds an entry under a temporary sibling name, marks it complete and renames it. Of several
 * processes that do so at once, the first to finish wins and the others use its entry.
 *
 * @param paths files inside the entry that must be there
 */
export async function makeEntry(
  entry: string,
  paths: readonly string[],
  build: (directory: string) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(entry), { recursive: true });
  await removeAbandoned(entry);
  const temporary = temporaryName(entry);
  try {
    await mkdir(temporary);
    await build(temporary);
    await writeMarker(temporary, paths);
    await publish(temporary, entry);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Takes an entry out of use at once, then deletes it. */
export async function discardEntry(entry: string): Promise<void> {
  const discarded = temporaryName(entry);
  try {
    await rename(entry, discarded);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  await rm(discarded, { recursive: true });
}

async function writeMarker(directory: string, paths: readonly string[]): Promise<void> {
  const sizes: Record<string, number> = {};
  for (const path of paths) {
    const file = await open(join(directory, path), 'r');
    try {
      await file.sync();
      sizes[path] = (await file.stat()).size;
    } finally {
      await file.close();
    }
  }
  await writeFileAtomically(join(directory, MARKER), JSON.stringify(sizes, undefined, 2));
}

async function publish(temporary: string, entry: string): Promise<void> {
  try {
    await rename(temporary, entry);
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY') && !hasCode(error, 'EEXIST')) throw error;
    if (await isComplete(entry)) return;
    await discardEntry(entry);
    await rename(temporary, entry);
  }
}

/** The process in the name tells whether its owner may still be at work. */
function temporaryName(entry: string): string {
  return `${entry}.${process.pid}.${randomUUID()}.tmp`;
}

/** Deletes what killed processes left behind: about a gigabyte each. */
async function removeAbandoned(entry: string): Promise<void> {
  const prefix = `${basename(entry)}.`;
  for (const name of await readdir(dirname(entry))) {
    const pid = /^(\d+)\.[0-9a-f-]+\.tmp$/.exec(name.slice(prefix.length))?.[1];
    if (!name.startsWith(prefix) || pid === undefined || isRunning(Number(pid))) continue;
    await rm(join(dirname(entry), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

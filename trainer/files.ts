import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Temporary names: of a file or folder being written, and of one being replaced. */
const LEFTOVER = /(?:\.\d+\.new)?\.\d+\.(tmp|new|old)$/;

/** Writes to a temporary sibling, syncs and renames, so that readers see the old file or the new. */
export async function writeFileAtomically(
  path: string,
  ...parts: readonly (string | Uint8Array)[]
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeSynced(temporary, parts);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Writes a folder's files under a temporary sibling name and renames the whole folder. */
export async function writeFolderAtomically(
  path: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  await fillFolderAtomically(path, async (temporary) => {
    for (const [name, content] of Object.entries(files)) {
      await writeSynced(join(temporary, name), [content]);
    }
  });
}

/**
 * Makes a folder under a temporary sibling name, has it filled, and renames it. Nothing is left when
 * filling fails.
 *
 * @param fill writes and syncs the files
 */
export async function fillFolderAtomically(
  path: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  try {
    await mkdir(temporary, { recursive: true });
    await fill(temporary);
    await syncFolder(temporary);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Like `writeFolderAtomically`, for a folder that may exist: a folder cannot be renamed over another,
 * so the old one steps aside once the new one is complete.
 */
export async function replaceFolder(
  path: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  if (!existsSync(path)) return writeFolderAtomically(path, files);
  const staged = `${path}.${process.pid}.new`;
  const aside = `${path}.${process.pid}.old`;
  await writeFolderAtomically(staged, files);
  await rename(path, aside);
  await rename(staged, path);
  await rm(aside, { recursive: true });
}

/**
 * Removes what writers of a folder's entries left when they were killed. An entry that had stepped
 * aside for a new one that never came is put back.
 */
export async function removeLeftovers(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of await readdir(folder)) {
    const leftover = LEFTOVER.exec(name);
    if (leftover === null) continue;
    const path = join(folder, name);
    const original = join(folder, name.slice(0, leftover.index));
    if (leftover[1] === 'old' && !existsSync(original)) await rename(path, original);
    else await rm(path, { recursive: true, force: true });
  }
}

/** Writes a file and waits until the disk has it. */
export async function writeSynced(
  path: string,
  parts: readonly (string | Uint8Array)[],
): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

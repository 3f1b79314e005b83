import { open, rename, rm } from 'node:fs/promises';

/**
 * Writes to a temporary sibling, syncs and renames: readers see the old file or the whole new one.
 *
 * @param mode permissions of the file, less the process's umask
 */
export async function writeFileAtomically(
  path: string,
  content: Uint8Array,
  mode = 0o666,
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Makes the names of a folder's files outlast a power cut. Windows opens no folders, and need not. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

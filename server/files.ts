import { open, rename, rm } from 'node:fs/promises';

/** Writes to a temporary sibling, syncs and renames: readers see the old file or the whole new one. */
export async function writeFileAtomically(path: string, content: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w');
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

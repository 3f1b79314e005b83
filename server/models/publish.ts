import { copyFile, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, parseManifest } from '../../models/contract/manifest.ts';
import { readVerifiedFile } from './file-store.ts';
import { versionId } from './repository.ts';

/**
 * Copies an exported model into a repository, whole or not at all: into a temporary sibling folder,
 * which is checked, synced and renamed. A service that watches the repository then takes it up.
 *
 * @returns the new folder
 * @throws Error when the model is not whole, or its version is published already
 */
export async function publishFolder(source: string, repository: string): Promise<string> {
  const manifest = await readManifestOf(source);
  const parent = join(repository, manifest.name);
  const target = join(parent, String(manifest.version));
  if (await exists(target)) {
    throw new Error(
      `${target} exists already: published versions never change, export the model again under ` +
        'another --version',
    );
  }
  const temporary = `${target}.${process.pid}.tmp`;
  await mkdir(temporary, { recursive: true });
  try {
    // The manifest comes last: without it the folder is no model.
    for (const name of [...manifest.files.map(({ path }) => path), 'manifest.json']) {
      await copyFile(join(source, name), join(temporary, name));
      await sync(join(temporary, name));
    }
    for (const file of manifest.files) await readVerifiedFile(temporary, file);
    await sync(temporary);
    await rename(temporary, target);
    await sync(parent);
    return target;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function readManifestOf(source: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(join(source, 'manifest.json'), 'utf8');
  } catch (error) {
    throw new Error(
      `${source} holds no exported model (${String(error)}): give the folder that deep-makeover ` +
        'export wrote',
      { cause: error },
    );
  }
  const manifest = parseManifest(JSON.parse(text));
  for (const { path, bytes } of manifest.files) {
    const { size } = await stat(join(source, path));
    if (size === bytes) continue;
    throw new Error(
      `${path} of ${versionId(manifest)} has ${size} bytes, its manifest says ${bytes}: export the ` +
        'model again',
    );
  }
  return manifest;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Waits until the disk has a file or a folder's entries. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

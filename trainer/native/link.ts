import { lstat, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** The package loads its addon from `lib/`, and the addon TensorFlow from `deps/` beside it. */
const FOLDERS = ['deps', 'lib'];

/** Makes the package's `deps/` and `lib/` links to those of a cache entry; `npm ci` removes them. */
export async function linkPackage(packageDirectory: string, entry: string): Promise<void> {
  for (const name of FOLDERS) await replaceByLink(join(packageDirectory, name), join(entry, name));
}

/** Removes the package's links, or what was put in their place; a cache entry stays as it is. */
export async function unlinkPackage(packageDirectory: string): Promise<void> {
  for (const name of FOLDERS) {
    await rm(join(packageDirectory, name), { recursive: true, force: true });
  }
}

/** Whether the package uses a cache entry rather than folders of its own. */
export async function isLinked(packageDirectory: string): Promise<boolean> {
  for (const name of FOLDERS) {
    if ((await linkTarget(join(packageDirectory, name))) === undefined) return false;
  }
  return true;
}

async function replaceByLink(path: string, target: string): Promise<void> {
  const current = await linkTarget(path);
  if (current === target) return;
  const temporary = `${path}.${process.pid}.tmp`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  if (current === undefined) await rm(path, { recursive: true, force: true });
  await rename(temporary, path);
}

async function linkTarget(path: string): Promise<string | undefined> {
  const status = await lstat(path).catch(() => undefined);
  return status?.isSymbolicLink() ? readlink(path) : undefined;
}

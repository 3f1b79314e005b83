import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

/** A file that may be a photo. */
export interface PhotoFile {
  /** Below the folder of photos, with "/" between its parts. */
  readonly path: string;
  /** What the folders that it lies in say of it. */
  readonly attributes: readonly string[];
}

export interface PhotoTree {
  /** All attributes, sorted, at least one. */
  readonly attributes: readonly string[];
  /** In the order of their paths. */
  readonly photos: readonly PhotoFile[];
}

/**
 * Lists the files of a folder and its sub-folders; hidden ones are left out. Each sub-folder is an
 * attribute of the photos in it, `smiling/a.jpg` is `smiling`. Without sub-folders, the name of the
 * folder is an attribute of all.
 *
 * @throws Error when the folder cannot be read or is empty
 */
export async function readPhotoTree(folder: string): Promise<PhotoTree> {
  const paths = await listFiles(folder, '');
  if (paths.length === 0) throw new Error(`${folder} holds no files: name a folder of photos`);
  const photos = paths.map((path): PhotoFile => {
    const folders = path.split('/').slice(0, -1);
    return { path, attributes: folders.map(toAttribute) };
  });
  const attributes = [...new Set(photos.flatMap((photo) => photo.attributes))].sort();
  if (attributes.length > 0) return { attributes, photos };
  const only = toAttribute(basename(resolve(folder)));
  return { attributes: [only], photos: photos.map((photo) => ({ ...photo, attributes: [only] })) };
}

async function listFiles(folder: string, prefix: string): Promise<string[]> {
  let entries: Awaited<ReturnType<typeof readEntries>>;
  try {
    entries = await readEntries(join(folder, prefix));
  } catch (cause) {
    throw new Error(`cannot read the folder ${join(folder, prefix)}: ${(cause as Error).message}`, {
      cause,
    });
  }
  const paths: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) paths.push(...(await listFiles(folder, `${prefix}${entry.name}/`)));
    else paths.push(`${prefix}${entry.name}`);
  }
  return paths.sort();
}

function readEntries(folder: string) {
  return readdir(folder, { withFileTypes: true });
}

/** Attributes stand in expressions, which know letters, digits and "_" only. */
function toAttribute(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]+/g, '_');
}

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, parseManifest } from '../models/contract/manifest.ts';

/** Reads and checks `manifest.json` of a model's folder. Throws an Error that names the fault. */
export async function readManifest(folder: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(join(folder, 'manifest.json'), 'utf8');
  } catch (cause) {
    throw new Error(`${folder} is no model: it has no readable manifest.json`, { cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error('manifest.json is no JSON: export the model again', { cause });
  }
  return parseManifest(json);
}

/**
 * Compares every file of a model's folder with the manifest.
 *
 * @throws Error for a file that is missing, truncated, changed or not listed
 */
export async function checkFiles(folder: string, manifest: Manifest): Promise<void> {
  for (const { path, sha256, bytes } of manifest.files) {
    const content = await readFile(join(folder, path)).catch((cause: unknown) => {
      throw new Error(`${path} is listed in the manifest but cannot be read`, { cause });
    });
    if (content.length < bytes) {
      throw new Error(`${path} is truncated: it has ${content.length} of ${bytes} bytes`);
    }
    const found = createHash('sha256').update(content).digest('hex');
    if (found !== sha256) {
      throw new Error(`${path} is not what was published: its SHA-256 is ${found}, not ${sha256}`);
    }
  }
  const listed = new Set(['manifest.json', ...manifest.files.map(({ path }) => path)]);
  const unknown = (await readdir(folder)).filter((name) => !listed.has(name));
  if (unknown.length > 0) {
    throw new Error(`the manifest does not list ${unknown.join(', ')}: remove it or export again`);
  }
}

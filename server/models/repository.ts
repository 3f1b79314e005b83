import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, parseManifest } from '../../models/contract/manifest.ts';
import { ConfigError } from '../config.ts';

/** One published version of a model. */
export interface ModelEntry {
  readonly name: string;
  readonly version: number;
  readonly folder: string;
  /** Changes whenever a file of the folder does. */
  readonly fingerprint: string;
  /** Undefined when it cannot be read; `reason` then says why. */
  readonly manifest?: Manifest;
  /** Why the version cannot serve. */
  readonly reason?: string;
}

/** What a model may be called; a folder of another name holds no model. */
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
const VERSION = /^[1-9]\d{0,8}$/;

/** `name/version`, by which workers, headers and logs know a version. */
export function versionId({ name, version }: Pick<ModelEntry, 'name' | 'version'>): string {
  return `${name}/${version}`;
}

/**
 * Looks for `<name>/<version>/manifest.json`. Folders without a manifest are none of ours, or not
 * complete yet: publishing writes elsewhere and renames. By names and versions in rising order.
 *
 * @param known what an earlier scan found; folders that have not changed are not read again
 * @throws ConfigError when the repository cannot be read
 */
export async function scanRepository(
  repository: string,
  known: readonly ModelEntry[] = [],
): Promise<ModelEntry[]> {
  let names: string[];
  try {
    names = (await readdir(repository)).filter((name) => NAME.test(name)).sort();
  } catch (error) {
    throw new ConfigError(
      `the model repository ${repository} cannot be read (${String(error)}): set DM_MODEL_REPO`,
    );
  }
  const earlier = new Map(known.map((entry) => [entry.folder, entry]));
  const entries: ModelEntry[] = [];
  for (const name of names) {
    for (const version of await listVersions(join(repository, name))) {
      const folder = join(repository, name, String(version));
      const entry = await readEntry({ name, version, folder }, earlier.get(folder));
      if (entry !== undefined) entries.push(entry);
    }
  }
  return entries;
}

async function listVersions(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => VERSION.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

async function readEntry(
  place: Pick<ModelEntry, 'name' | 'version' | 'folder'>,
  earlier: ModelEntry | undefined,
): Promise<ModelEntry | undefined> {
  const path = join(place.folder, 'manifest.json');
  const stamp = await stampOf(path);
  if (stamp === undefined) return undefined;
  const isKnown = earlier?.manifest !== undefined && earlier.fingerprint.startsWith(`${stamp} `);
  try {
    const manifest = isKnown ? earlier.manifest : await readManifest(path, place);
    const stamps = await Promise.all(
      manifest.files.map((file) => stampOf(join(place.folder, file.path))),
    );
    const entry = { ...place, fingerprint: [stamp, ...stamps].join(' '), manifest };
    const reason = incompleteness(manifest, stamps);
    return reason === undefined ? entry : { ...entry, reason };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...place, fingerprint: stamp, reason };
  }
}

/** Size, time and identity of a file; undefined where there is none. */
async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    return `${size}:${mtimeMs}:${ino}`;
  } catch {
    return undefined;
  }
}

async function readManifest(
  path: string,
  { name, version }: Pick<ModelEntry, 'name' | 'version'>,
): Promise<Manifest> {
  const manifest = parseManifest(JSON.parse(await readFile(path, 'utf8')));
  if (manifest.name === name && manifest.version === version) return manifest;
  throw new Error(
    `the manifest is that of ${versionId(manifest)}: a model's folder must be named ` +
      '<name>/<version>',
  );
}

/** Why a folder cannot be whole, as far as sizes tell: hashes are checked before it serves. */
function incompleteness(
  { files }: Manifest,
  stamps: readonly (string | undefined)[],
): string | undefined {
  for (const [i, { path, bytes }] of files.entries()) {
    const stamp = stamps[i];
    const found = stamp === undefined ? 'is missing' : `has ${stamp.split(':')[0]} bytes`;
    if (stamp === undefined || Number(stamp.split(':')[0]) !== bytes) {
      return (
        `the folder is not complete: ${path} ${found}, the manifest says ${bytes} bytes. Wait ` +
        'until it has been copied, or publish it again with deep-makeover models publish'
      );
    }
  }
  return undefined;
}

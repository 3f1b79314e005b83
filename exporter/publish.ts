import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  DetectorManifest,
  GeneratorManifest,
  ModelFile,
} from '../models/contract/manifest.ts';
import { replaceFolder, writeFolderAtomically } from '../trainer/files.ts';

/** Manifests before the files are hashed. */
export type GeneratorDraft = Omit<GeneratorManifest, 'files'>;
export type DetectorDraft = Omit<DetectorManifest, 'files'>;

/** Files of a model's folder by name, the ONNX model first. */
export type ModelFiles = Readonly<Record<string, string | Uint8Array>>;

/**
 * Writes `models/<name>/<version>/` whole or not at all: into a temporary sibling folder, which is
 * synced and renamed.
 *
 * @param models the folder that holds all models
 * @param replace let the new files take the place of an existing version
 * @returns the new folder
 * @throws Error when the version exists and `replace` is off
 */
export async function publishModel(
  models: string,
  draft: GeneratorDraft | DetectorDraft,
  files: ModelFiles,
  replace: boolean,
): Promise<string> {
  const folder = join(models, draft.name, String(draft.version));
  if (!replace) requireNewVersion(models, draft.name, draft.version);
  const manifest = { ...draft, files: Object.entries(files).map(describeFile) };
  const content = { ...files, 'manifest.json': `${JSON.stringify(manifest, undefined, 2)}\n` };
  await (replace ? replaceFolder : writeFolderAtomically)(folder, content);
  return folder;
}

/** Throws an Error when a version exists. */
export function requireNewVersion(models: string, name: string, version: number): void {
  const folder = join(models, name, String(version));
  if (!existsSync(folder)) return;
  throw new Error(`${folder} exists already: choose another --version, or replace it with --force`);
}

/** One more than the highest version of a model, 1 for the first. */
export async function nextVersion(models: string, name: string): Promise<number> {
  return ((await listVersions(models, name)).at(-1) ?? 0) + 1;
}

/** Published versions of a model in rising order. */
export async function listVersions(models: string, name: string): Promise<number[]> {
  const folder = join(models, name);
  if (!existsSync(folder)) return [];
  return (await readdir(folder))
    .filter((version) => /^[1-9]\d*$/.test(version))
    .map(Number)
    .sort((a, b) => a - b);
}

function describeFile([path, content]: [string, string | Uint8Array]): ModelFile {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return {
    path,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
  };
}

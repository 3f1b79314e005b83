import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DetectorManifest, parseManifest } from '../../models/contract/manifest.ts';
import type { LoadedModel } from '../../models/contract/pipeline.ts';
// The only way from here to onnxruntime, by which evaluation too runs exported models: aligned
// faces must be found by the very detector that the service uses.
import { createRunner } from '../evaluation/runner.ts';

/**
 * Loads a face detector from its folder.
 *
 * @throws Error when the folder holds none, or its model is not what the manifest says
 */
export async function loadDetector(folder: string): Promise<LoadedModel<DetectorManifest>> {
  let text: string;
  try {
    text = await readFile(join(folder, 'manifest.json'), 'utf8');
  } catch (cause) {
    throw new Error(
      `${folder} is no model: run in the checkout, or name its face detector with --detector`,
      { cause },
    );
  }
  const manifest = parseManifest(JSON.parse(text));
  if (manifest.kind !== 'face-detector') {
    throw new Error(`${folder} holds a ${manifest.kind}, expected a face-detector`);
  }
  const file = manifest.files[0];
  if (file === undefined) throw new Error(`${folder}/manifest.json lists no files`);
  const model = await readFile(join(folder, file.path));
  if (createHash('sha256').update(model).digest('hex') !== file.sha256) {
    throw new Error(`${join(folder, file.path)} is not what its manifest describes`);
  }
  return { manifest, runner: await createRunner(model) };
}

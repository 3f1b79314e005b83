import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DetectorManifest } from '../../models/contract/manifest.ts';
import type { LoadedModel } from '../../models/contract/pipeline.ts';
import { createRunner } from '../../trainer/evaluation/runner.ts';
import { readManifest } from '../model-folder.ts';
import { listVersions } from '../publish.ts';

/**
 * Loads the newest face detector.
 *
 * @param models folder that holds `face-detector/<version>`
 * @throws Error when there is none
 */
export async function loadDetector(models: string): Promise<LoadedModel<DetectorManifest>> {
  const version = (await listVersions(models, 'face-detector')).at(-1);
  if (version === undefined) {
    throw new Error(`${models} has no face-detector: run npm run export:detector first`);
  }
  const folder = join(models, 'face-detector', String(version));
  const manifest = await readManifest(folder);
  if (manifest.kind !== 'face-detector') {
    throw new Error(`${folder} holds a ${manifest.kind}, expected a face-detector`);
  }
  return { manifest, runner: await createRunner(await readFile(join(folder, 'model.onnx'))) };
}

import { readFile } from 'node:fs/promises';
import { type DetectorManifest, parseManifest } from '../../models/contract/manifest.ts';
import type { LoadedModel } from '../../models/contract/pipeline.ts';
import { createRunner } from '../../trainer/evaluation/runner.ts';

/** The face detector of the repository, on the CPU. */
export async function loadShippedDetector(): Promise<LoadedModel<DetectorManifest>> {
  const read = (path: string): Promise<Buffer> =>
    readFile(new URL(`../../models/face-detector/1/${path}`, import.meta.url));
  const manifest = parseManifest(JSON.parse(String(await read('manifest.json'))));
  if (manifest.kind !== 'face-detector') throw new Error('the shipped detector is none');
  return { manifest, runner: await createRunner(await read('model.onnx')) };
}

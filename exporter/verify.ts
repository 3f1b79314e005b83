import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkGolden } from '../models/contract/golden.ts';
import type { Manifest } from '../models/contract/manifest.ts';
import { requirePlainOnnx } from '../models/contract/plain-onnx.ts';
import { createRunner } from '../trainer/evaluation/runner.ts';
import { checkFiles, readManifest } from './model-folder.ts';

/**
 * Checks that a model's folder is complete and unchanged, that the file is plain ONNX of the
 * manifest's opset, and that it reproduces its golden pairs on this machine's CPU.
 *
 * @returns the manifest of the sound model
 * @throws Error that names the first fault
 */
export async function verifyModel(folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder);
  await checkFiles(folder, manifest);
  const [modelFile] = manifest.files;
  if (modelFile === undefined) throw new Error('the manifest lists no files');
  const model = await readFile(join(folder, modelFile.path));
  requirePlainOnnx(model, manifest.opset);
  const runner = await createRunner(model);
  await checkGolden(runner, manifest, (path) => readFile(join(folder, path)), 'cpu');
  return manifest;
}

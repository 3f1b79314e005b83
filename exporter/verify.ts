import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkGolden } from '../models/contract/golden.ts';
import type { Manifest } from '../models/contract/manifest.ts';
import { summariseOnnx } from '../models/contract/onnx-file.ts';
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
  refuseForeignOnnx(model, manifest.opset);
  const runner = await createRunner(model);
  await checkGolden(runner, manifest, (path) => readFile(join(folder, path)), 'cpu');
  return manifest;
}

function refuseForeignOnnx(model: Uint8Array, opset: number): void {
  const { opsets, domains, externalTensors } = summariseOnnx(model);
  const foreign = [...domains, ...Object.keys(opsets)].filter(
    (domain) => domain !== '' && domain !== 'ai.onnx',
  );
  if (foreign.length > 0) {
    throw new Error(
      `the model uses operators of ${foreign.join(', ')}; only ONNX's own are allowed`,
    );
  }
  if (externalTensors.length > 0) {
    throw new Error(
      `the model keeps ${externalTensors.join(', ')} in other files, which is refused`,
    );
  }
  const found = opsets[''] ?? opsets['ai.onnx'];
  if (found !== opset) {
    throw new Error(`the model is of opset ${found}, its manifest says ${opset}`);
  }
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkGolden } from '../models/contract/golden.ts';
import type { Manifest, Tolerance } from '../models/contract/manifest.ts';
import { requirePlainOnnx } from '../models/contract/plain-onnx.ts';
import { goldenOf } from '../models/contract/variants.ts';
import { checkFiles, readManifest } from './model-folder.ts';
import { OPSET } from './onnx/graph-builder.ts';
import { checkDeclaredTensors, contractTensors } from './verify/declared-tensors.ts';
import { explainDifference, requireSensitivePairs } from './verify/golden-faults.ts';
import { CPU, type Runtime } from './verify/runtimes.ts';
import { checkShapes } from './verify/shape-contract.ts';

/** How far a file was from one output that tf.js gave, in the output's own units. */
export interface MeasuredParity extends Tolerance {
  readonly file: string;
  readonly runtime: string;
  readonly provider: string;
  readonly output: string;
  readonly allowed: Tolerance;
}

export interface SoundModel {
  readonly manifest: Manifest;
  readonly parity: readonly MeasuredParity[];
}

/**
 * Checks that a model's folder is complete and unchanged, and of each of its ONNX files that it is
 * plain ONNX of our opset, keeps the contract of layout, range and sizes, and reproduces the golden
 * pairs in every runtime.
 *
 * @param runtimes where the golden pairs are run
 * @throws Error that names the first fault
 */
export async function verifyModel(
  folder: string,
  runtimes: readonly Runtime[],
): Promise<SoundModel> {
  const manifest = await readManifest(folder);
  await checkFiles(folder, manifest);
  if (manifest.opset !== OPSET) {
    throw new Error(`the model is of opset ${manifest.opset}, expected ${OPSET}: export it anew`);
  }
  const parity: MeasuredParity[] = [];
  for (const { path } of manifest.files.filter((file) => file.path.endsWith('.onnx'))) {
    try {
      const ofFile = { ...manifest, golden: goldenOf(manifest, path) };
      parity.push(...(await verifyFile(folder, path, ofFile, runtimes)));
    } catch (cause) {
      throw new Error(`${path}: ${(cause as Error).message}`, { cause });
    }
  }
  if (parity.length === 0) throw new Error('the manifest lists no .onnx file');
  return { manifest, parity };
}

async function verifyFile(
  folder: string,
  path: string,
  manifest: Manifest,
  runtimes: readonly Runtime[],
): Promise<MeasuredParity[]> {
  const model = await readFile(join(folder, path));
  requirePlainOnnx(model, manifest.opset);
  await checkDeclaredTensors(model, contractTensors(manifest));
  const runner = await CPU.load(model);
  await checkShapes(runner, manifest);
  const read = (name: string): Promise<Uint8Array> => readFile(join(folder, name));
  const parity: MeasuredParity[] = [];
  for (const runtime of runtimes) {
    try {
      parity.push(...(await measureGolden(path, model, manifest, read, runtime)));
    } catch (cause) {
      const fault = await explainDifference(runner, manifest, read);
      throw new Error(fault ?? (cause as Error).message, { cause });
    }
  }
  await requireSensitivePairs(runner, manifest, read);
  return parity;
}

async function measureGolden(
  file: string,
  model: Uint8Array,
  manifest: Manifest,
  read: (path: string) => Promise<Uint8Array>,
  runtime: Runtime,
): Promise<MeasuredParity[]> {
  const { outputs } = await checkGolden(
    await runtime.load(model),
    manifest,
    read,
    runtime.provider,
  );
  const { name, provider } = runtime;
  return outputs.map((measured) => {
    const golden = manifest.golden.outputs.find(({ output }) => output === measured.output);
    const allowed = golden?.tolerance[provider] ?? { maxAbs: 0, meanAbs: 0 };
    return { file, runtime: name, provider, ...measured, allowed };
  });
}

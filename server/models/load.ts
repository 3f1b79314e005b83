import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkGolden } from '../../models/contract/golden.ts';
import { type Manifest, parseManifest } from '../../models/contract/manifest.ts';
import { requirePlainOnnx } from '../../models/contract/plain-onnx.ts';
import { IMAGE, type TensorMap } from '../../models/contract/tensor.ts';
import { fileFor, goldenOf } from '../../models/contract/variants.ts';
import { readVerifiedFile } from './file-store.ts';
import { createRunner, type SessionOptions, type SessionRunner } from './session.ts';

/** A model's folder in memory; what is loaded later are the very bytes that were hashed. */
export interface ModelContent {
  readonly manifest: Manifest;
  /** Of the manifest's text: it holds the hashes of all other files. */
  readonly sha256: string;
  /** Every file that the manifest lists, by its path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** A model that has passed its checks. */
export interface CheckedModel {
  readonly manifest: Manifest;
  readonly runner: SessionRunner;
  /** Why another file serves than the one meant for the provider. */
  readonly note?: string;
}

/** Reads a manifest and its hash. Throws an Error when it is not valid. */
export async function readManifest(folder: string): Promise<Omit<ModelContent, 'files'>> {
  const text = await readFile(join(folder, 'manifest.json'));
  const manifest = parseManifest(JSON.parse(text.toString('utf8')));
  return { manifest, sha256: createHash('sha256').update(text).digest('hex') };
}

/** Reads all files of a model. Throws an Error when one is missing or is not what it should be. */
export async function readContent(folder: string): Promise<ModelContent> {
  const { manifest, sha256 } = await readManifest(folder);
  const files = new Map<string, Uint8Array>();
  for (const file of manifest.files) files.set(file.path, await readVerifiedFile(folder, file));
  return { manifest, sha256, files };
}

/**
 * Loads the file that suits the provider, has it reproduce the golden pairs, and warms it up. A
 * variant that fails here, on this very processor, is left for the plain float32 file.
 *
 * @throws Error that says which check failed
 */
export async function createChecked(
  content: ModelContent,
  options: SessionOptions,
): Promise<CheckedModel> {
  const { manifest } = content;
  const suited = fileFor(manifest, options.provider);
  const plain = plainFile(manifest);
  try {
    return { manifest, runner: await createFrom(content, suited, options) };
  } catch (error) {
    if (suited === plain) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const runner = await createFrom(content, plain, options);
    return { manifest, runner, note: `${plain} serves in place of ${suited}: ${reason}` };
  }
}

/** The float32 model. Throws an Error when the manifest lists no files. */
export function plainFile({ files }: Manifest): string {
  const [first] = files;
  if (first === undefined) throw new Error('the manifest lists no files: export the model again');
  return first.path;
}

async function createFrom(
  { manifest, files }: ModelContent,
  path: string,
  options: SessionOptions,
): Promise<SessionRunner> {
  const model = requireFile(files, path);
  requirePlainOnnx(model, manifest.opset);
  const runner = await createRunner(model, options);
  try {
    const checked = { ...manifest, golden: goldenOf(manifest, path) };
    await checkGolden(runner, checked, async (name) => requireFile(files, name), options.provider);
    // The shape that photos bring, so that the first photo does not pay for it.
    await runner.run(blackPicture(manifest));
    return runner;
  } catch (error) {
    await runner.release();
    throw error;
  }
}

/** One input of a model, of the size that photos bring. */
export function blackPicture(manifest: Manifest): TensorMap {
  const { height, width } =
    manifest.kind === 'generator'
      ? manifest.crop
      : { height: manifest.inputSize, width: manifest.inputSize };
  const dims = [1, height, width, 3];
  return { [IMAGE]: { type: 'uint8', dims, data: new Uint8Array(height * width * 3) } };
}

function requireFile(files: ReadonlyMap<string, Uint8Array>, path: string): Uint8Array {
  const content = files.get(path);
  if (content === undefined) throw new Error(`the manifest's file list lacks ${path}`);
  return content;
}

import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileFor } from '../../models/contract/variants.ts';
import { replaceFolder, writeFileAtomically, writeFolderAtomically } from '../../trainer/files.ts';
import { CPU } from '../verify/runtimes.ts';
import { verifyModel } from '../verify.ts';
import { type TritonOptions, tritonConfig } from './config.ts';

/** The name that Triton expects of a version's ONNX file. */
const MODEL_FILE = 'model.onnx';

export interface TritonRequest extends TritonOptions {
  /** Triton's model repository. */
  readonly repository: string;
  /** Lets other bytes take the place of a version that is there already. */
  readonly force: boolean;
}

/**
 * Adds a published model to a Triton model repository: `<name>/<version>/model.onnx` beside the
 * versions that are there, and `<name>/config.pbtxt` for all of them. Each is written whole or not at
 * all, the model first, so that a server that polls never sees a configuration without its model.
 *
 * @param folder a model's folder, which is verified first
 * @returns the new version's folder
 * @throws Error when the model is not sound, or when the version is there with other bytes
 */
export async function addToTriton(folder: string, request: TritonRequest): Promise<string> {
  const { manifest } = await verifyModel(folder, [CPU]);
  // Of a repository that may run anywhere (auto), that is the float32 file.
  const model = await readFile(join(folder, fileFor(manifest, request.provider)));
  const modelFolder = join(request.repository, manifest.name);
  const versionFolder = join(modelFolder, String(manifest.version));
  await mkdir(modelFolder, { recursive: true });
  await writeVersion(versionFolder, model, request.force);
  await writeFileAtomically(join(modelFolder, 'config.pbtxt'), tritonConfig(manifest, request));
  return versionFolder;
}

async function writeVersion(folder: string, model: Buffer, force: boolean): Promise<void> {
  if (!existsSync(folder)) return writeFolderAtomically(folder, { [MODEL_FILE]: model });
  const present = await readFile(join(folder, MODEL_FILE)).catch(() => undefined);
  if (present?.equals(model)) return;
  if (!force) {
    throw new Error(`${folder} holds another model already: replace it with --force`);
  }
  await replaceFolder(folder, { [MODEL_FILE]: model });
}

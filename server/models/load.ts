import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkGolden } from '../../models/contract/golden.ts';
import {
  type DetectorManifest,
  type GeneratorManifest,
  type Manifest,
  parseManifest,
} from '../../models/contract/manifest.ts';
import type { LoadedModel } from '../../models/contract/pipeline.ts';
import { requirePlainOnnx } from '../../models/contract/plain-onnx.ts';
import { IMAGE, type TensorMap } from '../../models/contract/tensor.ts';
import { fileFor, goldenOf } from '../../models/contract/variants.ts';
import type { LoadReport, LoadRequest, ModelReport } from '../photo/job.ts';
import { chooseProvider, type ProviderChoice, probeWith } from './provider.ts';
import { createRunner, type SessionOptions, type SessionRunner, tryCuda } from './session.ts';

/** The models of one process, ready to run. */
export interface LoadedModels {
  readonly detector: LoadedModel<DetectorManifest> | undefined;
  readonly generators: ReadonlyMap<string, LoadedModel<GeneratorManifest>>;
}

/**
 * Loads models and checks each on the provider that it will run on. A model that fails is left
 * out and its reason reported.
 *
 * @throws Error when the provider policy cannot be met
 */
export async function loadModels(
  request: LoadRequest,
): Promise<{ readonly models: LoadedModels; readonly report: LoadReport }> {
  const files = await Promise.all(request.folders.map(readModelFiles));
  const { provider, reason: providerReason } = await chooseProviderFor(files, request);
  let detector: LoadedModel<DetectorManifest> | undefined;
  const generators = new Map<string, LoadedModel<GeneratorManifest>>();
  const reports: ModelReport[] = [];
  for (const { folder, content, reason } of files) {
    try {
      if (content === undefined) throw new Error(reason);
      const { manifest } = content;
      const runner = await createCheckedRunner(content, { ...request, provider });
      if (manifest.kind === 'generator') generators.set(manifest.name, { manifest, runner });
      else detector = { manifest, runner };
      reports.push({ folder });
    } catch (error) {
      reports.push({ folder, reason: messageOf(error) });
    }
  }
  const report = { provider, ...(providerReason && { providerReason }), models: reports };
  return { models: { detector, generators }, report };
}

/** Probes CUDA with the first model that can be read. */
async function chooseProviderFor(
  files: readonly ModelFiles[],
  { provider, deviceId = 0 }: LoadRequest,
): Promise<ProviderChoice> {
  const content = files.find((file) => file.content !== undefined)?.content;
  if (content === undefined) return { provider: 'cpu' };
  const { manifest, model } = content;
  const run = () => tryCuda(model, blackPicture(manifest), deviceId);
  return chooseProvider(provider, probeWith(run));
}

function blackPicture(manifest: Manifest): TensorMap {
  const { height, width } =
    manifest.kind === 'generator'
      ? manifest.crop
      : { height: manifest.inputSize, width: manifest.inputSize };
  const dims = [1, height, width, 3];
  return { [IMAGE]: { type: 'uint8', dims, data: new Uint8Array(height * width * 3) } };
}

interface ModelContent {
  readonly manifest: Manifest;
  readonly model: Uint8Array;
  /** Every file that the manifest lists, by its path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

interface ModelFiles {
  readonly folder: string;
  readonly content?: ModelContent;
  readonly reason?: string;
}

async function readModelFiles(folder: string): Promise<ModelFiles> {
  try {
    return { folder, content: await readVerified(folder) };
  } catch (error) {
    return { folder, reason: messageOf(error) };
  }
}

/** Reads all files of a model; what is loaded later are the very bytes that were hashed here. */
async function readVerified(folder: string): Promise<ModelContent> {
  const manifest = parseManifest(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  const files = new Map<string, Uint8Array>();
  for (const { path, sha256 } of manifest.files) {
    const content = await readFile(join(folder, path));
    const found = createHash('sha256').update(content).digest('hex');
    if (found !== sha256) {
      throw new Error(
        `${path} has SHA-256 ${found}, the manifest says ${sha256}: the file was changed or ` +
          'damaged, export the model again',
      );
    }
    files.set(path, content);
  }
  const model = files.get(manifest.files[0]?.path ?? '');
  if (model === undefined) throw new Error('the manifest lists no files: export the model again');
  return { manifest, model, files };
}

/** Loads the file that suits the provider. */
async function createCheckedRunner(
  { manifest, files }: ModelContent,
  options: SessionOptions,
): Promise<SessionRunner> {
  const { provider } = options;
  const path = fileFor(manifest, provider);
  const model = requireFile(files, path);
  requirePlainOnnx(model, manifest.opset);
  const runner = await createRunner(model, options);
  const checked = { ...manifest, golden: goldenOf(manifest, path) };
  await checkGolden(runner, checked, async (name) => requireFile(files, name), provider);
  return runner;
}

function requireFile(files: ReadonlyMap<string, Uint8Array>, path: string): Uint8Array {
  const content = files.get(path);
  if (content === undefined) throw new Error(`the manifest's file list lacks ${path}`);
  return content;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

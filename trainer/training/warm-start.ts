import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseManifest } from '../../models/contract/manifest.ts';
import type { TrainConfig } from '../config.ts';
import type { ParameterValues } from '../networks/parameters.ts';
import { decodeSafetensors, encodeSafetensors, halfBytes } from '../networks/safetensors.ts';
import { encodeTensors } from '../networks/tensor-file.ts';
import { readConfig } from '../run-folder.ts';
import { loadCheckpoint } from './checkpoint.ts';
import { assignTensors, findDifference } from './restore.ts';
import type { Trainee } from './trainee.ts';

/** Both networks and, where there is one, the average, from which a new run may go on with fresh optimisers. */
export interface WarmStart {
  /** The run or model folder that they come from. */
  readonly source: string;
  readonly preset: string;
  /** Names of the target populations, in the order of the networks' constants. */
  readonly targets: readonly string[];
  /** By name: `generator/…`, `ema/…` and `discriminator/…`. */
  readonly tensors: ParameterValues;
  readonly sha256: string;
}

/** Names of tensors that are not an optimiser's. */
const NETWORKS = /^(generator|ema|discriminator)\//;

/** The file of a model's folder that holds a warm start, in the safetensors layout. */
export const WARM_START_FILE = 'warm-start.bin';

/**
 * Networks and average of a checkpoint as a `warm-start.bin`, in half precision. Its metadata names
 * the preset, as JSON the targets in order and what the preset made of both networks, and the
 * SHA-256 of everything behind the header.
 */
export function encodeWarmStart(config: TrainConfig, tensors: ParameterValues): Buffer {
  const networks = networkTensors(tensors);
  const data = halfBytes(networks);
  const { generator, discriminator, crop } = config;
  const metadata = {
    preset: config.preset,
    targets: JSON.stringify(Object.keys(config.selection.targets)),
    architecture: JSON.stringify({
      generator,
      discriminator,
      crop: { width: crop.width, height: crop.height },
    }),
    sha256: createHash('sha256').update(data).digest('hex'),
  };
  return encodeSafetensors(networks, data, metadata);
}

/**
 * Reads the weights of a run's last checkpoint, or those beside an exported model.
 *
 * @throws Error when the folder is neither, has none or they are damaged
 */
export async function readWarmStart(folder: string): Promise<WarmStart> {
  return existsSync(join(folder, 'manifest.json')) ? readFromModel(folder) : readFromRun(folder);
}

async function readFromRun(runFolder: string): Promise<WarmStart> {
  const config = await readConfig(runFolder);
  const checkpoint = await loadCheckpoint(runFolder, console.warn);
  if (checkpoint === undefined) throw new Error(`${runFolder} has no checkpoint to go on from`);
  const targets = Object.keys(config.selection.targets);
  return warmStart(runFolder, config.preset, targets, networkTensors(checkpoint.tensors));
}

async function readFromModel(folder: string): Promise<WarmStart> {
  const manifest = parseManifest(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  const listed = manifest.files.find(({ path }) => path === WARM_START_FILE);
  if (listed === undefined) {
    throw new Error(
      `${folder} holds no ${WARM_START_FILE}: go on from a model that was exported with one, or from a run folder`,
    );
  }
  const path = join(folder, WARM_START_FILE);
  const file = await readFile(path).catch((cause: unknown) => {
    throw new Error(`${path} is listed in the manifest but cannot be read`, { cause });
  });
  if (createHash('sha256').update(file).digest('hex') !== listed.sha256) {
    throw new Error(`${path} is damaged: its SHA-256 is not the manifest's; fetch the model anew`);
  }
  const { tensors, metadata } = decodeSafetensors(file);
  const { preset = '', targets = '[]' } = metadata;
  return warmStart(folder, preset, JSON.parse(targets) as string[], tensors);
}

function warmStart(
  source: string,
  preset: string,
  targets: readonly string[],
  tensors: ParameterValues,
): WarmStart {
  const { sha256 } = encodeTensors(tensors).index;
  return { source, preset, targets, tensors, sha256 };
}

function networkTensors(tensors: ParameterValues): ParameterValues {
  return new Map([...tensors].filter(([name]) => NETWORKS.test(name)));
}

/**
 * Sets both networks and the average. Normalisations that are frozen stay so.
 *
 * @throws Error when the targets or the architectures differ, or when frozen normalisations would
 *   have to thaw
 */
export function applyWarmStart(config: TrainConfig, trainee: Trainee, warm: WarmStart): void {
  const targets = Object.keys(config.selection.targets);
  if (targets.join() !== warm.targets.join()) {
    throw new Error(
      `the weights of ${warm.source} were trained for the targets ${warm.targets.join(', ')}, this run names ${targets.join(', ')}: give each --target the same name, in the same order`,
    );
  }
  trainee.makeRoom(warm.tensors, 'warm start');
  const variables = new Map([...trainee.tensors()].filter(([name]) => NETWORKS.test(name)));
  const difference = findDifference(variables, warm.tensors);
  if (difference !== undefined) {
    throw new Error(
      `the weights of ${warm.source} (preset ${warm.preset}) are of another architecture than this run's preset ${config.preset}: ${difference}`,
    );
  }
  assignTensors(variables, warm.tensors);
}

import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SamplerState } from '../data/sampler.ts';
import { writeFolderAtomically } from '../files.ts';
import type { ParameterValue } from '../networks/parameters.ts';
import { decodeTensors, encodeTensors, type TensorIndex } from '../networks/tensor-file.ts';

/** Layout version of a checkpoint; readers refuse another one. */
const CHECKPOINT_SCHEMA = 1;
const KEPT_CHECKPOINTS = 2;

/** Where a run stood, apart from its tensors. */
export interface CheckpointState {
  /** Steps done. */
  readonly step: number;
  readonly trainedMs: number;
  readonly generatorAdamSteps: number;
  readonly discriminatorAdamSteps: number;
  readonly sampler: SamplerState;
}

export interface Checkpoint {
  readonly state: CheckpointState;
  /** By name: `generator/…`, `ema/…`, `discriminator/…` and the moments of both optimisers. */
  readonly tensors: ReadonlyMap<string, ParameterValue>;
}

/** `checkpoint.json`; the tensors lie in `tensors.bin`. */
interface CheckpointIndex extends TensorIndex {
  readonly schema: number;
  readonly state: CheckpointState;
}

/** Adds a checkpoint to a run folder by rename, then drops all but the last two. */
export async function saveCheckpoint(runFolder: string, checkpoint: Checkpoint): Promise<void> {
  const { index, bytes } = encodeTensors(checkpoint.tensors);
  const description: CheckpointIndex = {
    schema: CHECKPOINT_SCHEMA,
    state: checkpoint.state,
    ...index,
  };
  const folder = join(runFolder, 'checkpoints');
  const name = `step-${String(checkpoint.state.step).padStart(8, '0')}`;
  await rm(join(folder, name), { recursive: true, force: true });
  await writeFolderAtomically(join(folder, name), {
    'tensors.bin': bytes,
    'checkpoint.json': JSON.stringify(description),
  });
  for (const old of (await listCheckpoints(runFolder)).slice(KEPT_CHECKPOINTS)) {
    await rm(join(folder, old), { recursive: true, force: true });
  }
}

/**
 * Reads the newest checkpoint that is whole, or the one before it.
 *
 * @param warn told about each damaged one that is passed over
 * @returns undefined when the run was stopped before its first checkpoint
 * @throws Error when it has checkpoints and none can be read
 */
export async function loadCheckpoint(
  runFolder: string,
  warn: (message: string) => void,
): Promise<Checkpoint | undefined> {
  const names = await listCheckpoints(runFolder);
  for (const name of names) {
    try {
      return await readCheckpoint(join(runFolder, 'checkpoints', name));
    } catch (error) {
      warn(`checkpoint ${name} is damaged (${(error as Error).message}); trying the one before`);
    }
  }
  if (names.length === 0) return undefined;
  throw new Error(`all checkpoints of ${runFolder} are damaged: start a new run`);
}

/** Tensors of one group, e.g. `ema`, under their names in the network. */
export function tensorGroup(
  { tensors }: Pick<Checkpoint, 'tensors'>,
  group: 'generator' | 'ema' | 'discriminator',
): Map<string, ParameterValue> {
  const prefix = `${group}/`;
  const found = [...tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(found.map(([name, value]) => [name.slice(prefix.length), value]));
}

/** Newest first. */
async function listCheckpoints(runFolder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(join(runFolder, 'checkpoints'));
  } catch {
    return [];
  }
  return names
    .filter((name) => /^step-\d+$/.test(name))
    .sort()
    .toReversed();
}

async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const index = JSON.parse(
    await readFile(join(folder, 'checkpoint.json'), 'utf8'),
  ) as CheckpointIndex;
  if (index.schema !== CHECKPOINT_SCHEMA) {
    throw new Error(`it has layout ${index.schema}, this version reads ${CHECKPOINT_SCHEMA}`);
  }
  const bytes = await readFile(join(folder, 'tensors.bin'));
  return { state: index.state, tensors: decodeTensors(index, bytes) };
}

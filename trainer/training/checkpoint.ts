import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingDivergence } from '../../models/contract/manifest.ts';
import type { SamplerState } from '../data/sampler.ts';
import { removeLeftovers, replaceFolder } from '../files.ts';
import type { ParameterValue } from '../networks/parameters.ts';
import { decodeTensors, encodeTensors, type TensorIndex } from '../networks/tensor-file.ts';
import type { LossSums } from './loss-meter.ts';
import type { Validation } from './validation.ts';

/** Layout version of a checkpoint; readers refuse another one. */
const CHECKPOINT_SCHEMA = 1;
const KEPT_CHECKPOINTS = 2;

/** Where a run stood, apart from its tensors. */
export interface CheckpointState {
  /** Steps done. */
  readonly step: number;
  readonly trainedMs: number;
  /** Updates made by each optimiser that counts them. */
  readonly optimizerSteps: Readonly<Record<string, number>>;
  readonly sampler: SamplerState;
  /** Losses since the last line of statistics; the first checkpoints had none. */
  readonly losses?: LossSums;
  /** What has gone wrong so far; the first checkpoints did not say. */
  readonly divergences?: readonly TrainingDivergence[];
}

export interface Checkpoint {
  readonly state: CheckpointState;
  /**
   * By name: `generator/…`, `discriminator/…`, `ema/…` where the family averages its weights, and
   * what the optimisers keep.
   */
  readonly tensors: ReadonlyMap<string, ParameterValue>;
}

/** `checkpoint.json`; the tensors lie in `tensors.bin`. */
interface CheckpointIndex extends TensorIndex {
  readonly schema: number;
  readonly state: StoredState;
  /** Why it was kept as the best. */
  readonly validation?: Validation;
}

/** The first checkpoints, all of the family `modern`, have the counts under names of their own. */
type StoredState =
  | CheckpointState
  | (Omit<CheckpointState, 'optimizerSteps'> & {
      readonly generatorAdamSteps: number;
      readonly discriminatorAdamSteps: number;
    });

/** Kinds of checkpoints: the last two of a run, and the best. */
type Kind = 'step' | 'best';

/** Adds a checkpoint to a run folder by rename, then drops all but the last two. */
export async function saveCheckpoint(runFolder: string, checkpoint: Checkpoint): Promise<void> {
  await write(runFolder, 'step', checkpoint, {});
  await dropAllBut(runFolder, 'step', KEPT_CHECKPOINTS);
}

/** Keeps a checkpoint as the run's best, in place of the one before. */
export async function saveBestCheckpoint(
  runFolder: string,
  checkpoint: Checkpoint,
  validation: Validation,
): Promise<void> {
  await write(runFolder, 'best', checkpoint, { validation });
  await dropAllBut(runFolder, 'best', 1);
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
  const names = await listCheckpoints(runFolder, 'step');
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

/** Reads the checkpoint that validation found best. Throws an Error when there is none or it is damaged. */
export async function loadBestCheckpoint(runFolder: string): Promise<Checkpoint> {
  const [name] = await listCheckpoints(runFolder, 'best');
  if (name !== undefined) return readCheckpoint(join(runFolder, 'checkpoints', name));
  throw new Error(`${runFolder} has no best checkpoint: none of its checkpoints was validated`);
}

/** What validation found of the best checkpoint; undefined when there is none that can be read. */
export async function readBestValidation(runFolder: string): Promise<Validation | undefined> {
  const [name] = await listCheckpoints(runFolder, 'best');
  if (name === undefined) return undefined;
  try {
    return (await readIndex(join(runFolder, 'checkpoints', name))).validation;
  } catch {
    return undefined;
  }
}

/**
 * Removes what killed saves left, and checkpoints of later steps than the one that the run goes on
 * from: they are damaged, or of a course that has been given up.
 */
export async function tidyCheckpoints(runFolder: string, step: number): Promise<void> {
  await removeLeftovers(join(runFolder, 'checkpoints'));
  for (const kind of ['step', 'best'] as const) {
    for (const name of await listCheckpoints(runFolder, kind)) {
      if (stepOf(name) > step) await drop(runFolder, name);
    }
  }
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

async function write(
  runFolder: string,
  kind: Kind,
  { state, tensors }: Checkpoint,
  reason: Pick<CheckpointIndex, 'validation'>,
): Promise<void> {
  const { index, bytes } = encodeTensors(tensors);
  const description: CheckpointIndex = { schema: CHECKPOINT_SCHEMA, state, ...reason, ...index };
  const name = `${kind}-${String(state.step).padStart(8, '0')}`;
  await replaceFolder(join(runFolder, 'checkpoints', name), {
    'tensors.bin': bytes,
    'checkpoint.json': JSON.stringify(description),
  });
}

async function dropAllBut(runFolder: string, kind: Kind, kept: number): Promise<void> {
  for (const old of (await listCheckpoints(runFolder, kind)).slice(kept)) {
    await drop(runFolder, old);
  }
}

async function drop(runFolder: string, name: string): Promise<void> {
  await rm(join(runFolder, 'checkpoints', name), { recursive: true, force: true });
}

function stepOf(name: string): number {
  return Number(name.split('-')[1]);
}

/** Newest first. */
async function listCheckpoints(runFolder: string, kind: Kind): Promise<string[]> {
  const folder = join(runFolder, 'checkpoints');
  if (!existsSync(folder)) return [];
  return (await readdir(folder))
    .filter((name) => name.startsWith(`${kind}-`) && /^\w+-\d+$/.test(name))
    .sort()
    .toReversed();
}

async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const index = await readIndex(folder);
  const bytes = await readFile(join(folder, 'tensors.bin'));
  return { state: currentState(index.state), tensors: decodeTensors(index, bytes) };
}

function currentState(stored: StoredState): CheckpointState {
  if ('optimizerSteps' in stored) return stored;
  const { generatorAdamSteps: generator, discriminatorAdamSteps: discriminator, ...state } = stored;
  return { ...state, optimizerSteps: { generator, discriminator } };
}

async function readIndex(folder: string): Promise<CheckpointIndex> {
  const text = await readFile(join(folder, 'checkpoint.json'), 'utf8');
  const index = JSON.parse(text) as CheckpointIndex;
  if (index.schema === CHECKPOINT_SCHEMA) return index;
  throw new Error(`it has layout ${index.schema}, this version reads ${CHECKPOINT_SCHEMA}`);
}

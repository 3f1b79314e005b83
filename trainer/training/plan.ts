import type { TrainConfig } from '../config.ts';
import type { CelebaFolder } from '../data/celeba.ts';
import { readData } from '../data/folder-pair.ts';
import { type Population, selectPopulations } from '../data/populations.ts';
import type { ResumeRequest, StartRequest } from '../options.ts';
import { resolveConfig } from '../presets.ts';
import { readConfig, requireNewFolder, requireSameData } from '../run-folder.ts';
import { resolveSelection } from '../selection-request.ts';
import { readWarmStart, type WarmStart } from './warm-start.ts';

/** What a request comes to, once its data, run folder or weights have been looked at. */
export interface RunPlan {
  readonly config: TrainConfig;
  readonly runFolder: string;
  readonly resume: boolean;
  readonly folder: CelebaFolder;
  /** Of splits 0 and 1. */
  readonly train: readonly Population[];
  readonly validation: readonly Population[];
  /** What a new run goes on from; `config.warmStart` is its hash. */
  readonly warmStart: WarmStart | undefined;
}

/**
 * Resolves a request. Writes nothing.
 *
 * @throws Error that says what is wrong with the data, the expressions, the run or the weights
 */
export async function planRun(request: StartRequest | ResumeRequest): Promise<RunPlan> {
  return request.kind === 'resume' ? planResumed(request.runFolder) : planNew(request);
}

async function planNew(request: StartRequest): Promise<RunPlan> {
  const { preset, data, steps, minutes, seed } = request;
  const { batchSize, learningRate, annealing, freezeNormFrom } = request;
  requireNewFolder(request.runFolder);
  const folder = await readData(data);
  const warmStart = request.from === undefined ? undefined : await readWarmStart(request.from);
  const config = resolveConfig({
    warmStart: warmStart?.sha256,
    preset,
    data,
    ...resolveSelection(request.selection, folder.attributes),
    steps,
    minutes,
    seed,
    ...(batchSize !== undefined && { batchSize }),
    ...(learningRate !== undefined && { learningRate }),
    annealing,
    freezeNormFrom,
  });
  return plan(request.runFolder, config, folder, { resume: false, warmStart });
}

async function planResumed(runFolder: string): Promise<RunPlan> {
  const config = await readConfig(runFolder);
  const folder = await readData(config.data);
  await requireSameData(runFolder, folder.sha256);
  return plan(runFolder, config, folder, { resume: true, warmStart: undefined });
}

function plan(
  runFolder: string,
  config: TrainConfig,
  folder: CelebaFolder,
  origin: Pick<RunPlan, 'resume' | 'warmStart'>,
): RunPlan {
  const train = selectPopulations(folder, config.selection, 0);
  const validation = selectPopulations(folder, config.selection, 1);
  return { config, runFolder, folder, train, validation, ...origin };
}

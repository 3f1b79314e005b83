import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendName } from '../backend.ts';
import type { TrainConfig } from '../config.ts';
import { readCelebaFolder } from '../data/celeba.ts';
import { loadCrops } from '../data/crops.ts';
import { jitterMargin } from '../data/jitter.ts';
import { selectFaces, selectPopulations } from '../data/populations.ts';
import { Sampler } from '../data/sampler.ts';
import { countParameters, readValues } from '../networks/parameters.ts';
import { Random } from '../random.ts';
import { type RunSummary, writeSummary } from '../run-folder.ts';
import { loadCheckpoint } from './checkpoint.ts';
import { gridSamples } from './grid.ts';
import { type StepStats, trainLoop } from './loop.ts';
import { TrainedModel } from './model.ts';
import { restoreModel } from './restore.ts';
import { rewindStats } from './stats-file.ts';
import { applyWarmStart, type WarmStart } from './warm-start.ts';

const LOG_EVERY_STEPS = 50;
const GRID_EVERY_STEPS = 500;
const GRID_COLUMNS = 12;

export interface RunOptions {
  readonly backend: BackendName;
  /** Goes on from the run's last checkpoint, if it has one. */
  readonly resume: boolean;
  readonly checkpointMinutes: number;
  /** What a new run goes on from; `config.warmStart` is its hash. */
  readonly warmStart: WarmStart | undefined;
}

/**
 * Trains in a run folder until the end or until SIGINT or SIGTERM, which save and stop.
 * Throws an Error for data that cannot be read and when training diverges.
 */
export async function runTraining(
  config: TrainConfig,
  runFolder: string,
  { backend, resume, checkpointMinutes, warmStart }: RunOptions,
): Promise<void> {
  const folder = await readCelebaFolder(config.data);
  const train = selectPopulations(folder, config.selection, 0);
  const validation = selectPopulations(folder, config.selection, 1);
  const faces = [0, 1].flatMap((split) => selectFaces(folder, config.selection.faces, split));
  const store = await loadCrops(
    folder,
    faces,
    config.crop,
    jitterMargin(config.jitter, config.crop),
  );
  for (const skipped of store.skipped) console.warn(`skipped ${skipped}`);
  for (const { name, targets, sources } of train) {
    console.log(`${name}: ${targets.length} target faces, ${sources.length} source faces`);
  }

  const model = new TrainedModel(config);
  // Not the seed of the weights, so that a change of one draw does not move the other.
  const sampler = new Sampler(store, train, config.jitter, new Random(config.seed + 1));
  let start = { step: 0, trainedMs: 0 };
  if (resume) await requireSameData(runFolder, folder.sha256);
  const checkpoint = resume ? await loadCheckpoint(runFolder, console.warn) : undefined;
  if (checkpoint !== undefined) {
    restoreModel(model, checkpoint);
    sampler.state = checkpoint.state.sampler;
    start = checkpoint.state;
    console.log(`resumed at step ${start.step}`);
  }
  console.log(
    `generator: ${countParameters(readValues(model.generator))} parameters; run: ${runFolder}`,
  );

  if (checkpoint === undefined && warmStart !== undefined) applyWarmStart(model, warmStart);
  await writeSummary(runFolder, { backend, dataSha256: folder.sha256 });
  await rewindStats(runFolder, start.step);
  const samples = gridSamples(store, validation, GRID_COLUMNS);
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const step = await trainLoop(config, model, sampler, samples, start, {
    runFolder,
    logEverySteps: LOG_EVERY_STEPS,
    gridEverySteps: GRID_EVERY_STEPS,
    checkpointEveryMs: checkpointMinutes * 60_000,
    signal: abort.signal,
    report: (stats) => console.log(statusLine(stats)),
  });
  process.off('SIGINT', stop).off('SIGTERM', stop);
  console.log(abort.signal.aborted ? `stopped and saved at step ${step}` : `done: ${step} steps`);
}

/** The sampler's state counts on the lists that the run began with. */
async function requireSameData(runFolder: string, dataSha256: string): Promise<void> {
  let text: string;
  try {
    text = await readFile(join(runFolder, 'summary.json'), 'utf8');
  } catch {
    // The run was stopped before it had read its data.
    return;
  }
  if ((JSON.parse(text) as RunSummary).dataSha256 === dataSha256) return;
  throw new Error(
    'the attribute or partition list of the data is not what it was when the run began: put the old one back, or start a new run',
  );
}

function statusLine(stats: StepStats): string {
  const losses = Object.entries(stats.losses).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  return [
    `step ${stats.step}`,
    `${(100 * stats.fraction).toFixed(1)} %`,
    `${stats.trainMinutes.toFixed(1)} min`,
    `${stats.stepMs.toFixed(0)} ms/step`,
    ...losses,
  ].join('  ');
}

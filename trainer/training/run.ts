import type { TrainingDivergence } from '../../models/contract/manifest.ts';
import type { Backend } from '../backend.ts';
import { countParameters, readValues } from '../networks/parameters.ts';
import type { Reporter } from '../reporter.ts';
import { writeSummary } from '../run-folder.ts';
import { tidyCheckpoints } from './checkpoint.ts';
import { TrainLoop } from './loop.ts';
import type { RunPlan } from './plan.ts';
import type { PreparedRun } from './prepare.ts';
import { RunLog } from './run-log.ts';
import { StopSignals } from './stop-signals.ts';

const GRID_EVERY_STEPS = 500;

export interface RunOptions {
  readonly backend: Backend;
  readonly checkpointMinutes: number;
  readonly logEverySteps: number;
  readonly reporter: Reporter;
}

/**
 * Trains in a run folder until the end or until SIGINT or SIGTERM, which save and stop.
 *
 * @throws DivergenceError when training diverges too often
 */
export async function runTraining(
  { folder, train, runFolder }: RunPlan,
  { training, start }: PreparedRun,
  { backend, checkpointMinutes, logEverySteps, reporter }: RunOptions,
): Promise<void> {
  for (const { name, targets, sources } of train) {
    reporter.note(`${name}: ${targets.length} target faces, ${sources.length} source faces`);
  }
  const parameters = countParameters(readValues(training.trainee.generator));
  reporter.note(`generator: ${parameters} parameters; run: ${runFolder}`);
  if (start.step > 0) reporter.note(`resumed at step ${start.step}`);
  const summarise = (divergences: readonly TrainingDivergence[]): Promise<void> =>
    writeSummary(runFolder, {
      backend: backend.name,
      device: backend.device,
      dataSha256: folder.sha256,
      divergences,
    });
  const log = new RunLog(runFolder, reporter);
  const signals = new StopSignals(reporter);
  try {
    await tidyCheckpoints(runFolder, start.step);
    await log.rewind(start.step);
    await summarise(start.divergences);
    const loop = new TrainLoop(training, start, {
      logEverySteps,
      gridEverySteps: GRID_EVERY_STEPS,
      checkpointEveryMs: checkpointMinutes * 60_000,
      signal: signals.signal,
      log,
      reporter,
      onDivergence: summarise,
    });
    const step = await loop.run();
    reporter.note(
      signals.signal.aborted ? `stopped and saved at step ${step}` : `done: ${step} steps`,
    );
  } finally {
    signals.release();
    await training.batches.close();
  }
}

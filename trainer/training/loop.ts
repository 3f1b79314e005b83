import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { TrainConfig } from '../config.ts';
import type { Sampler } from '../data/sampler.ts';
import { writeFileAtomically } from '../files.ts';
import { readValues } from '../networks/parameters.ts';
import { type Checkpoint, saveCheckpoint } from './checkpoint.ts';
import { freezeNorms } from './freeze.ts';
import { drawGrid, type GridSamples } from './grid.ts';
import type { TrainedModel } from './model.ts';
import { isNormFrozen, learningRate, type Progress } from './schedule.ts';
import { appendStats } from './stats-file.ts';
import { trainStep } from './steps.ts';

export interface LoopOptions {
  readonly runFolder: string;
  /** A line of statistics every so many steps. */
  readonly logEverySteps: number;
  readonly gridEverySteps: number;
  readonly checkpointEveryMs: number;
  /** When aborted, the step in progress is finished and a checkpoint saved. */
  readonly signal: AbortSignal;
  readonly report: (stats: StepStats) => void;
}

/** One line of `stats.jsonl`: means since the line before, or since the run was resumed. */
export interface StepStats {
  /** Steps done. */
  readonly step: number;
  readonly trainMinutes: number;
  readonly fraction: number;
  readonly stepMs: number;
  readonly learningRate: number;
  readonly tensors: number;
  readonly rssBytes: number;
  readonly losses: Readonly<Record<string, number>>;
}

/**
 * Trains until the run's steps or minutes are over or the signal aborts; the last state is saved
 * in either case.
 *
 * @param start where the run stands; the model and the sampler must stand there too
 * @returns steps done
 * @throws Error when training diverges
 */
export async function trainLoop(
  config: TrainConfig,
  model: TrainedModel,
  sampler: Sampler,
  samples: readonly GridSamples[],
  start: { readonly step: number; readonly trainedMs: number },
  options: LoopOptions,
): Promise<number> {
  await mkdir(join(options.runFolder, 'grids'), { recursive: true });
  let { step, trainedMs } = start;
  let savedAtMs = trainedMs;
  const meter = new LossMeter();
  const save = (): Promise<void> =>
    saveCheckpoint(options.runFolder, snapshot(model, sampler, step, trainedMs));

  while (!options.signal.aborted) {
    const progress = progressOf(config, step, trainedMs);
    if (progress.fraction >= 1) break;
    const startedAt = performance.now();
    if (!model.hasFrozenNorms && isNormFrozen(config, progress)) {
      freezeNorms(config, model, sampler);
    }
    meter.add(trainStep(config, model, sampler.next(config.batchSize), progress));
    requireFinite(meter, step);
    // Lets signal handlers run between steps.
    await new Promise((resolve) => setImmediate(resolve));
    trainedMs += performance.now() - startedAt;
    step++;
    if (step % options.logEverySteps === 0) {
      const stats = collect(config, meter, step, trainedMs);
      await appendStats(options.runFolder, stats);
      options.report(stats);
    }
    if (step % options.gridEverySteps === 0) await writeGrid(config, model, samples, step, options);
    if (trainedMs - savedAtMs >= options.checkpointEveryMs) {
      await save();
      savedAtMs = trainedMs;
    }
  }
  if (trainedMs > savedAtMs) await save();
  await writeGrid(config, model, samples, step, options);
  return step;
}

/** Mean losses between two log lines. */
class LossMeter {
  readonly #sums = new Map<string, { sum: number; count: number }>();
  #steps = 0;
  #startedAt = performance.now();

  /** Takes the losses over and disposes of them. */
  add(losses: ReadonlyMap<string, tf.Scalar>): void {
    this.#steps++;
    for (const [name, loss] of losses) {
      const entry = this.#sums.get(name) ?? { sum: 0, count: 0 };
      entry.sum += loss.dataSync()[0] as number;
      entry.count++;
      this.#sums.set(name, entry);
      loss.dispose();
    }
  }

  /** Names of the losses that were not a number since the last line. */
  get broken(): string[] {
    return [...this.#sums].filter(([, { sum }]) => !Number.isFinite(sum)).map(([name]) => name);
  }

  /** Means by name and ms a step, and starts again. */
  take(): { losses: Record<string, number>; stepMs: number } {
    const losses: Record<string, number> = {};
    for (const [name, { sum, count }] of this.#sums) losses[name] = sum / count;
    const stepMs = (performance.now() - this.#startedAt) / Math.max(1, this.#steps);
    this.#sums.clear();
    this.#steps = 0;
    this.#startedAt = performance.now();
    return { losses, stepMs };
  }
}

function progressOf(config: TrainConfig, step: number, trainedMs: number): Progress {
  const fraction =
    config.steps === undefined ? trainedMs / (config.minutes * 60_000) : step / config.steps;
  return { step, fraction };
}

function collect(
  config: TrainConfig,
  meter: LossMeter,
  step: number,
  trainedMs: number,
): StepStats {
  const progress = progressOf(config, step, trainedMs);
  return {
    step,
    trainMinutes: trainedMs / 60_000,
    fraction: progress.fraction,
    learningRate: learningRate(config, progress),
    tensors: tf.memory().numTensors,
    rssBytes: process.memoryUsage().rss,
    ...meter.take(),
  };
}

/** Checked at every step, since a checkpoint of a diverged network would be of no use. */
function requireFinite({ broken }: LossMeter, step: number): void {
  if (broken.length === 0) return;
  throw new Error(
    `training diverged at step ${step}: ${broken.join(', ')} is not a number; ` +
      'start a new run with a lower --learning-rate',
  );
}

function snapshot(
  model: TrainedModel,
  sampler: Sampler,
  step: number,
  trainedMs: number,
): Checkpoint {
  return {
    state: {
      step,
      trainedMs,
      generatorAdamSteps: model.generatorAdam.steps,
      discriminatorAdamSteps: model.discriminatorAdam.steps,
      sampler: sampler.state,
    },
    tensors: readValues(model.tensors()),
  };
}

async function writeGrid(
  config: TrainConfig,
  model: TrainedModel,
  samples: readonly GridSamples[],
  step: number,
  { runFolder }: LoopOptions,
): Promise<void> {
  const png = await drawGrid(model.generatorConfig, model.ema, samples, config.crop);
  await writeFileAtomically(
    join(runFolder, 'grids', `step-${String(step).padStart(8, '0')}.png`),
    png,
  );
}

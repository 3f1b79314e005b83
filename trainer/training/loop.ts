import * as tf from '@tensorflow/tfjs';
import type { TrainingDivergence } from '../../models/contract/manifest.ts';
import type { TrainConfig } from '../config.ts';
import type { BatchSource } from '../data/batch-queue.ts';
import type { Batch } from '../data/sampler.ts';
import { readValues } from '../networks/parameters.ts';
import type { Reporter } from '../reporter.ts';
import { BestCheckpoint } from './best-checkpoint.ts';
import { type Checkpoint, loadCheckpoint, saveCheckpoint, tidyCheckpoints } from './checkpoint.ts';
import {
  DivergenceError,
  findDivergence,
  findSpoiltTensor,
  learningRateScale,
  MAX_DIVERGENCES,
  reorderSampler,
} from './divergence.ts';
import { drawGrid, type GridSamples } from './grid.ts';
import { LossMeter, readLosses } from './loss-meter.ts';
import type { RunPosition } from './position.ts';
import type { Progress } from './progress.ts';
import { restoreTrainee } from './restore.ts';
import type { RunLog } from './run-log.ts';
import { StepClock } from './step-clock.ts';
import type { Trainee } from './trainee.ts';
import type { Validate } from './validation.ts';

/** What is trained, and with what. */
export interface Training {
  readonly config: TrainConfig;
  readonly runFolder: string;
  readonly trainee: Trainee;
  readonly batches: BatchSource;
  readonly samples: readonly GridSamples[];
  /** Chooses the best checkpoint; undefined keeps none. */
  readonly validate: Validate | undefined;
}

export interface LoopOptions {
  /** A line of statistics every so many steps. */
  readonly logEverySteps: number;
  readonly gridEverySteps: number;
  readonly checkpointEveryMs: number;
  /** When aborted, the step in progress is finished and a checkpoint saved. */
  readonly signal: AbortSignal;
  readonly log: RunLog;
  readonly reporter: Reporter;
  /** Told about every divergence after the run has been set back. */
  readonly onDivergence: (divergences: readonly TrainingDivergence[]) => Promise<void>;
}

/** Trains from one position until the run's steps or minutes are over. */
export class TrainLoop {
  readonly #training: Training;
  readonly #options: LoopOptions;
  readonly #clock = new StepClock();
  #step: number;
  #trainedMs: number;
  #divergences: readonly TrainingDivergence[];
  #meter: LossMeter;
  #savedAtMs: number;
  readonly #best: BestCheckpoint | undefined;

  /** @param start where the trainee and the batches stand */
  constructor(training: Training, start: RunPosition, options: LoopOptions) {
    this.#training = training;
    this.#options = options;
    this.#step = start.step;
    this.#trainedMs = start.trainedMs;
    this.#divergences = start.divergences;
    training.trainee.learningRateScale = learningRateScale(start.divergences);
    this.#meter = new LossMeter(start.losses);
    this.#savedAtMs = start.isSaved ? start.trainedMs : Number.NEGATIVE_INFINITY;
    const { validate, runFolder } = training;
    this.#best = validate && new BestCheckpoint(runFolder, validate, start.trainedMs);
  }

  /**
   * Trains until the end or until the signal aborts; the last state is saved in either case.
   *
   * @returns steps done
   * @throws DivergenceError when training diverges too often
   */
  async run(): Promise<number> {
    const { signal, logEverySteps, gridEverySteps, checkpointEveryMs } = this.#options;
    for (;;) {
      const isOver = signal.aborted || this.#progress.fraction >= 1;
      const unsavedMs = this.#trainedMs - this.#savedAtMs;
      if (isOver ? unsavedMs > 0 : unsavedMs >= checkpointEveryMs) {
        // Before the checkpoint, so that what it holds and what has been logged agree.
        if (isOver && this.#step % gridEverySteps !== 0) await this.#writeGrid();
        if (!(await this.#checkpoint())) continue;
      }
      if (isOver) return this.#step;
      const problem = await this.#makeStep();
      if (problem !== undefined) {
        await this.#recover(problem);
        continue;
      }
      if (this.#step % logEverySteps === 0) await this.#writeStats();
      if (this.#step % gridEverySteps === 0) await this.#writeGrid();
    }
  }

  get #progress(): Progress {
    const { steps, minutes } = this.#training.config;
    const fraction =
      steps === undefined ? this.#trainedMs / (minutes * 60_000) : this.#step / steps;
    return { step: this.#step, fraction };
  }

  /** Returns what is wrong with the step's losses, if anything is. */
  async #makeStep(): Promise<string | undefined> {
    const { config, trainee } = this.#training;
    const startedAt = performance.now();
    const progress = this.#progress;
    const batches = await this.#draw(trainee.batchesPerStep(progress));
    const waitMs = performance.now() - startedAt;
    const losses = readLosses(trainee.step(batches, progress));
    // Lets signal handlers run between steps.
    await new Promise((resolve) => setImmediate(resolve));
    const problem = findDivergence(losses);
    if (problem !== undefined) return problem;
    const stepMs = performance.now() - startedAt;
    this.#trainedMs += stepMs;
    this.#step++;
    this.#clock.add(stepMs, waitMs);
    this.#meter.add(losses);
    this.#options.reporter.status({
      step: this.#step,
      fraction: this.#progress.fraction,
      facesPerSecond: (1000 * config.batchSize * batches.length) / this.#clock.stepMs,
      remainingMs: this.#trainedMs * (1 / this.#progress.fraction - 1),
      losses: this.#meter.means,
    });
    return undefined;
  }

  async #draw(count: number): Promise<Batch[]> {
    const batches: Batch[] = [];
    for (let i = 0; i < count; i++) batches.push(await this.#training.batches.next());
    return batches;
  }

  async #writeStats(): Promise<void> {
    const progress = this.#progress;
    await this.#options.log.add({
      step: this.#step,
      trainMinutes: this.#trainedMs / 60_000,
      fraction: progress.fraction,
      stepMs: this.#clock.stepMs,
      waitMs: this.#clock.waitMs,
      learningRate: this.#training.trainee.learningRate(progress),
      tensors: tf.memory().numTensors,
      rssBytes: process.memoryUsage().rss,
      losses: this.#meter.means,
    });
    this.#meter.clear();
    this.#clock.clear();
  }

  async #writeGrid(): Promise<void> {
    const { config, trainee, samples } = this.#training;
    const png = await drawGrid(trainee, samples, config.crop);
    await this.#options.log.addGrid(this.#step, png);
  }

  /** Returns false when the networks were spoilt: the run has then been set back. */
  async #checkpoint(): Promise<boolean> {
    const checkpoint = this.#snapshot();
    const problem = findSpoiltTensor(checkpoint.tensors);
    if (problem !== undefined) {
      await this.#recover(problem);
      return false;
    }
    await saveCheckpoint(this.#training.runFolder, checkpoint);
    this.#savedAtMs = this.#trainedMs;
    const validated = await this.#best?.consider(this.#training.trainee, checkpoint);
    if (validated !== undefined) await this.#options.log.add(validated);
    return true;
  }

  #snapshot(): Checkpoint {
    const { trainee, batches } = this.#training;
    return {
      state: {
        step: this.#step,
        trainedMs: this.#trainedMs,
        optimizerSteps: trainee.optimizerSteps,
        sampler: batches.state,
        losses: this.#meter.sums,
        divergences: this.#divergences,
      },
      tensors: readValues(trainee.tensors()),
    };
  }

  /** Goes back to the last checkpoint with half the learning rate and another order of faces. */
  async #recover(reason: string): Promise<void> {
    const { config, runFolder, trainee, batches } = this.#training;
    const { log, reporter } = this.#options;
    const noticedAtStep = this.#step;
    const checkpoint = await loadCheckpoint(runFolder, (text) => reporter.warn(text));
    if (checkpoint === undefined || this.#divergences.length >= MAX_DIVERGENCES) {
      throw new DivergenceError(
        `training diverged at step ${noticedAtStep} (${reason}) after ${this.#divergences.length} reloads at half the learning rate each; ${runFolder} keeps step ${checkpoint?.state.step ?? 0}: start a new run with a lower --learning-rate`,
      );
    }
    const { state } = checkpoint;
    const divergence: TrainingDivergence = {
      noticedAtStep,
      reason,
      reloadedStep: state.step,
      learningRateScale: learningRateScale(this.#divergences) / 2,
    };
    reporter.warn(
      `training diverged at step ${noticedAtStep} (${reason}): going on from step ${state.step} with ${divergence.learningRateScale} times the learning rate`,
    );
    this.#divergences = [...this.#divergences, divergence];
    restoreTrainee(trainee, checkpoint);
    trainee.learningRateScale = divergence.learningRateScale;
    // Not a seed that the networks or an earlier order were drawn with.
    batches.state = reorderSampler(state.sampler, config.seed + 1 + this.#divergences.length);
    this.#step = state.step;
    this.#trainedMs = state.trainedMs;
    this.#meter = new LossMeter(state.losses);
    this.#clock.clear();
    await tidyCheckpoints(runFolder, state.step);
    await log.rewind(state.step);
    await log.add({ step: state.step, divergence });
    await saveCheckpoint(runFolder, this.#snapshot());
    this.#savedAtMs = this.#trainedMs;
    await this.#options.onDivergence(this.#divergences);
  }
}

import { type PresetName, resolveConfig, type TrainConfig } from '../../../trainer/config.ts';
import type { Batch } from '../../../trainer/data/sampler.ts';
import { Random } from '../../../trainer/random.ts';
import { TrainedModel } from '../../../trainer/training/model.ts';
import type { Progress } from '../../../trainer/training/schedule.ts';
import { trainStep } from '../../../trainer/training/steps.ts';

export interface MeasuredSteps {
  readonly elapsedMs: number;
  /** Losses of each step by name. */
  readonly losses: readonly Readonly<Record<string, number>>[];
}

/** By this step every loss has its full weight, in every preset. */
const FIRST_STEP = 1000;
/** Late enough that a run restrains what it changes, early enough that it still learns. */
const FRACTION = 0.7;

/** Trains a preset on one batch of noise, step by step. */
export class Stepper {
  readonly config: TrainConfig;
  readonly model: TrainedModel;
  readonly batch: Batch;
  /** Steps after which the terms that are applied only every few steps come round again. */
  readonly periodSteps: number;
  #step: number;

  constructor(preset: PresetName) {
    this.config = resolveConfig({
      preset,
      data: '',
      selection: { faces: '', targets: { feminine: '!Male', masculine: 'Male' } },
      steps: undefined,
      minutes: 60,
      seed: 1,
    });
    this.model = new TrainedModel(this.config);
    this.batch = drawBatch(this.config);
    this.periodSteps = stepPeriod(this.config);
    this.#step = Math.ceil(FIRST_STEP / this.periodSteps) * this.periodSteps;
  }

  /** Where the run stands at the next steps. */
  next(count: number): Progress[] {
    return Array.from({ length: count }, (_, i) => ({ step: this.#step + i, fraction: FRACTION }));
  }

  /** Makes the next steps and reads their losses, as the training loop does. */
  run(count: number): MeasuredSteps {
    const startMs = performance.now();
    const losses = this.next(count).map((progress) => {
      const measured = trainStep(this.config, this.model, this.batch, progress);
      return Object.fromEntries(
        [...measured].map(([name, loss]): [string, number] => {
          const [value = Number.NaN] = loss.dataSync();
          loss.dispose();
          return [name, value];
        }),
      );
    });
    this.#step += count;
    return { elapsedMs: performance.now() - startMs, losses };
  }

  dispose(): void {
    this.model.dispose();
  }
}

/** Least common multiple of how often the terms of the loss are applied. */
function stepPeriod({ loss }: TrainConfig): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  return Object.entries(loss)
    .filter(([name]) => name.endsWith('EverySteps'))
    .reduce((period, [, every]) => (period * every) / divisor(period, every), 1);
}

/** Noise: what a step costs does not depend on what the pictures show. */
function drawBatch({ batchSize, crop, selection }: TrainConfig): Batch {
  const random = new Random(2);
  const targets = Object.keys(selection.targets).length;
  const draw = (): Uint8Array =>
    Uint8Array.from({ length: batchSize * crop.height * crop.width * 3 }, () =>
      random.integer(0, 255),
    );
  const labels = (shift: number): Int32Array =>
    Int32Array.from({ length: batchSize }, (_, i) => (i + shift) % targets);
  return {
    sources: draw(),
    sourceLabels: labels(0),
    ownLabels: labels(1),
    reals: draw(),
    realLabels: labels(0),
  };
}

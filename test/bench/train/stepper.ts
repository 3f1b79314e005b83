import type { ModernConfig, PresetName, TrainConfig } from '../../../trainer/config.ts';
import type { Batch } from '../../../trainer/data/sampler.ts';
import { PRESETS, resolveConfig } from '../../../trainer/presets.ts';
import { Random } from '../../../trainer/random.ts';
import { EVALUATION_EVERY_BATCHES } from '../../../trainer/training/classic/schedule.ts';
import { createTrainee } from '../../../trainer/training/create-trainee.ts';
import type { TrainedModel } from '../../../trainer/training/model.ts';
import { ModernTrainee } from '../../../trainer/training/modern.ts';
import type { Progress } from '../../../trainer/training/progress.ts';
import type { Trainee } from '../../../trainer/training/trainee.ts';

export interface MeasuredSteps {
  readonly elapsedMs: number;
  /** Losses of each step by name. */
  readonly losses: readonly Readonly<Record<string, number>>[];
}

/** By this step every loss has its full weight, in every preset. */
const FIRST_STEP = 1000;
/** Late enough that a run restrains what it changes, early enough that it still learns. */
const FRACTION = 0.7;

const BOTH_DIRECTIONS = { faces: '', targets: { feminine: '!Male', masculine: 'Male' } };
const ONE_DIRECTION = { faces: '', sources: 'Male', targets: { feminine: '!Male' } };

/** Trains a preset on one batch of noise, step by step. */
export class Stepper {
  readonly config: TrainConfig;
  readonly batch: Batch;
  /** Steps after which the terms that are applied only every few steps come round again. */
  readonly periodSteps: number;
  readonly batchesPerStep: number;
  readonly #trainee: Trainee;
  #step: number;

  constructor(preset: PresetName) {
    const { family } = PRESETS[preset];
    this.config = resolveConfig({
      preset,
      data: '',
      selection: family === 'classic' ? ONE_DIRECTION : BOTH_DIRECTIONS,
      steps: undefined,
      minutes: 60,
      seed: 1,
    });
    this.#trainee = createTrainee(this.config);
    this.batch = drawBatch(this.config);
    this.periodSteps = stepPeriod(this.config);
    this.#step = Math.ceil(FIRST_STEP / this.periodSteps) * this.periodSteps;
    this.batchesPerStep = this.#trainee.batchesPerStep({ step: this.#step, fraction: FRACTION });
  }

  /** The networks of a preset of the family `modern`. Throws an Error for another one. */
  get modern(): { readonly config: ModernConfig; readonly model: TrainedModel } {
    if (this.config.family === 'modern' && this.#trainee instanceof ModernTrainee) {
      return { config: this.config, model: this.#trainee.model };
    }
    throw new Error(`${this.config.preset} is not of the family modern`);
  }

  /** Where the run stands at the next steps. */
  next(count: number): Progress[] {
    return Array.from({ length: count }, (_, i) => ({ step: this.#step + i, fraction: FRACTION }));
  }

  /** Makes the next steps and reads their losses, as the training loop does. */
  run(count: number): MeasuredSteps {
    const startMs = performance.now();
    const losses = this.next(count).map((progress) => {
      const batches = Array<Batch>(this.batchesPerStep).fill(this.batch);
      const measured = this.#trainee.step(batches, progress);
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
    this.#trainee.dispose();
  }
}

/** Least common multiple of how often the terms of the loss are applied, or losses only evaluated. */
function stepPeriod(config: TrainConfig): number {
  if (config.family === 'classic') {
    return config.objective === 'cross-entropy' ? EVALUATION_EVERY_BATCHES : 1;
  }
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  return Object.entries(config.loss)
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

import * as tf from '@tensorflow/tfjs';
import type { ModernConfig } from '../config.ts';
import type { Batch } from '../data/sampler.ts';
import { generatorChange } from '../networks/generator.ts';
import { oneHotLabels } from '../networks/labels.ts';
import type { ParameterValues } from '../networks/parameters.ts';
import { tensorGroup } from './checkpoint.ts';
import { FREEZE_BATCHES, freezeNorms } from './freeze.ts';
import { TrainedModel } from './model.ts';
import { frozenStatistics } from './norm-statistics.ts';
import type { Progress } from './progress.ts';
import { isNormFrozen, learningRate } from './schedule.ts';
import { trainStep } from './steps.ts';
import { type StepLosses, singleBatch, type Trainee } from './trainee.ts';

/** Networks of the family `modern`. */
export class ModernTrainee implements Trainee {
  readonly model: TrainedModel;
  learningRateScale = 1;
  readonly #config: ModernConfig;

  constructor(config: ModernConfig) {
    this.#config = config;
    this.model = new TrainedModel(config);
  }

  get generator(): ReadonlyMap<string, tf.Variable> {
    return this.model.generator;
  }

  get discriminator(): ReadonlyMap<string, tf.Variable> {
    return this.model.discriminator;
  }

  get optimizerSteps(): Readonly<Record<string, number>> {
    return {
      generator: this.model.generatorAdam.steps,
      discriminator: this.model.discriminatorAdam.steps,
    };
  }

  set optimizerSteps({ generator = 0, discriminator = 0 }: Readonly<Record<string, number>>) {
    this.model.generatorAdam.steps = generator;
    this.model.discriminatorAdam.steps = discriminator;
  }

  /** The step that freezes the normalisations takes the statistics from batches of its own. */
  batchesPerStep(progress: Progress): number {
    return 1 + (this.#freezesAt(progress) ? FREEZE_BATCHES : 0);
  }

  step(batches: readonly Batch[], progress: Progress): StepLosses {
    const others = this.#freezesAt(progress) ? FREEZE_BATCHES : 0;
    if (others > 0) freezeNorms(this.#config, this.model, batches.slice(0, others));
    return trainStep(this.#scaledConfig, this.model, singleBatch(batches.slice(others)), progress);
  }

  learningRate(progress: Progress): number {
    return learningRate(this.#scaledConfig, progress);
  }

  makeRoom(stored: ParameterValues, origin: 'checkpoint' | 'warm start'): void {
    const statistics = frozenStatistics(tensorGroup({ tensors: stored }, 'generator'));
    const { freezeNormFrom } = this.#config;
    if (statistics.size > 0 && origin === 'checkpoint' && freezeNormFrom === undefined) {
      throw new Error(
        "the checkpoint has frozen normalisations and the run's config.json has no freezeNormFrom: one of them is of another run",
      );
    }
    if (statistics.size > 0 && origin === 'warm start' && freezeNormFrom !== 0) {
      throw new Error(
        'the weights to go on from have frozen normalisations, which cannot thaw: add --freeze-norm 0, which keeps them',
      );
    }
    this.model.freezeNorms(statistics);
  }

  tensors(): Map<string, tf.Variable> {
    return this.model.tensors();
  }

  makeOver(x: tf.Tensor4D, target: number): tf.Tensor4D {
    const { generatorConfig: config, ema } = this.model;
    return tf.tidy(() => {
      const labels = oneHotLabels(Array<number>(x.shape[0]).fill(target), config.targets);
      return tf.add(x, generatorChange(config, ema, x, labels));
    });
  }

  #freezesAt(progress: Progress): boolean {
    return !this.model.hasFrozenNorms && isNormFrozen(this.#config, progress);
  }

  get #scaledConfig(): ModernConfig {
    const rate = this.#config.learningRate * this.learningRateScale;
    return { ...this.#config, learningRate: rate };
  }

  dispose(): void {
    this.model.dispose();
  }
}

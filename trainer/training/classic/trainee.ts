import * as tf from '@tensorflow/tfjs';
import type { ClassicConfig } from '../../config.ts';
import type { Batch } from '../../data/sampler.ts';
import type { ParameterValues } from '../../networks/parameters.ts';
import type { Random } from '../../random.ts';
import type { Progress } from '../progress.ts';
import { joinGroups, type StepLosses, type Trainee } from '../trainee.ts';
import { ClassicNetworks } from './networks.ts';
import { classicLearningRate } from './schedule.ts';

/** What both trainings of 2017 share: the generator with its optimiser, and its learning rate. */
export abstract class ClassicTrainee implements Trainee {
  readonly networks: ClassicNetworks;
  learningRateScale = 1;
  protected readonly config: ClassicConfig;

  abstract optimizerSteps: Readonly<Record<string, number>>;

  /** @param initAdversary makes the adversary's weights after the generator's */
  constructor(config: ClassicConfig, initAdversary: (random: Random) => ParameterValues) {
    this.config = config;
    this.networks = new ClassicNetworks(config, initAdversary);
  }

  get generator(): ReadonlyMap<string, tf.Variable> {
    return this.networks.generator;
  }

  get discriminator(): ReadonlyMap<string, tf.Variable> {
    return this.networks.discriminator;
  }

  learningRate({ step }: Progress): number {
    return this.learningRateScale * classicLearningRate(this.config, step);
  }

  abstract batchesPerStep(progress: Progress): number;

  abstract step(batches: readonly Batch[], progress: Progress): StepLosses;

  /** The tensors are the same at every step. */
  makeRoom(): void {}

  tensors(): Map<string, tf.Variable> {
    const { generator, discriminator, generatorAdam } = this.networks;
    return new Map([
      ...joinGroups({ generator, discriminator }),
      ['generator-adam/first', generatorAdam.first],
      ['generator-adam/second', generatorAdam.second],
      ...this.adversaryMoments(),
    ]);
  }

  makeOver(x: tf.Tensor4D): tf.Tensor4D {
    return this.networks.makeOver(x);
  }

  dispose(): void {
    tf.dispose([...this.tensors().values()]);
  }

  /** What the adversary's optimiser stores, by its name in checkpoints. */
  protected abstract adversaryMoments(): ReadonlyMap<string, tf.Variable>;
}

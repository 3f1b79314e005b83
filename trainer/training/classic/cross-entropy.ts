import * as tf from '@tensorflow/tfjs';
import type { ClassicConfig } from '../../config.ts';
import type { Batch } from '../../data/sampler.ts';
import {
  classicDiscriminate,
  initClassicDiscriminator,
} from '../../networks/classic/discriminator.ts';
import type { Adam } from '../adam.ts';
import { gradientsByName } from '../gradients.ts';
import { fakeLoss, lowpassLoss, realLoss } from '../losses.ts';
import type { Progress } from '../progress.ts';
import { type StepLosses, singleBatch } from '../trainee.ts';
import { type ClassicBatch, classicAdam } from './networks.ts';
import { TruncatedNoise } from './noise.ts';
import { isEvaluation, noiseDeviation, pixelWeight, temperature } from './schedule.ts';
import { ClassicTrainee } from './trainee.ts';

/** A batch with the noise that both real and made-over faces get. */
interface NoisyBatch extends ClassicBatch {
  readonly noise: tf.Tensor4D;
}

/**
 * The networks and the training of the 2017 README: cross-entropy on noisy faces and an L1 distance
 * of 4x4 means, both networks updated at once from every batch.
 */
export class CrossEntropyTrainee extends ClassicTrainee {
  readonly discriminatorAdam: Adam;
  readonly #noise: TruncatedNoise;

  constructor(config: ClassicConfig) {
    super(config, (random) => initClassicDiscriminator(config.discriminator, random));
    this.discriminatorAdam = classicAdam(this.networks.discriminator);
    this.#noise = new TruncatedNoise(config.seed);
  }

  override get optimizerSteps(): Readonly<Record<string, number>> {
    return {
      generator: this.networks.generatorAdam.steps,
      discriminator: this.discriminatorAdam.steps,
    };
  }

  override set optimizerSteps({
    generator = 0,
    discriminator = 0,
  }: Readonly<Record<string, number>>) {
    this.networks.generatorAdam.steps = generator;
    this.discriminatorAdam.steps = discriminator;
  }

  batchesPerStep(): number {
    return 1;
  }

  step(batches: readonly Batch[], progress: Progress): StepLosses {
    const heat = temperature(this.config.annealing, progress.step);
    const { sources, reals } = this.networks.toTensors(singleBatch(batches));
    const noise = this.#noise.draw(sources.shape, noiseDeviation(heat), progress.step);
    const batch = { sources, reals, noise };
    const losses: StepLosses = new Map();
    if (isEvaluation(progress.step)) this.#evaluate(batch, heat, losses);
    else this.#update(batch, heat, this.learningRate(progress), losses);
    tf.dispose([sources, reals, noise]);
    return losses;
  }

  protected adversaryMoments(): Map<string, tf.Variable> {
    return new Map([
      ['discriminator-adam/first', this.discriminatorAdam.first],
      ['discriminator-adam/second', this.discriminatorAdam.second],
    ]);
  }

  /** Both gradients are taken from the networks as they were before the step. */
  #update(batch: NoisyBatch, heat: number, learningRate: number, losses: StepLosses): void {
    const { generator, discriminator, generatorAdam } = this.networks;
    const kept: { fakes?: tf.Tensor4D } = {};
    const first = gradientsByName(() => {
      const { loss, fakes } = this.#generatorLoss(batch, heat, losses);
      kept.fakes = tf.keep(fakes);
      return loss;
    }, generator);
    generatorAdam.apply(first.gradients, learningRate);
    const fakes = kept.fakes as tf.Tensor4D;
    const second = gradientsByName(
      () => this.#discriminatorLoss(batch.reals, fakes, batch.noise, losses),
      discriminator,
    );
    this.discriminatorAdam.apply(second.gradients, learningRate);
    losses.set('G', first.value).set('D', second.value);
    tf.dispose([fakes, ...first.gradients.values(), ...second.gradients.values()]);
  }

  #evaluate(batch: NoisyBatch, heat: number, losses: StepLosses): void {
    tf.tidy(() => {
      const { loss, fakes } = this.#generatorLoss(batch, heat, losses);
      const rejection = this.#discriminatorLoss(batch.reals, fakes, batch.noise, losses);
      losses.set('G', tf.keep(loss)).set('D', tf.keep(rejection));
    });
  }

  #generatorLoss(
    { sources, noise }: NoisyBatch,
    heat: number,
    losses: StepLosses,
  ): { loss: tf.Scalar; fakes: tf.Tensor4D } {
    const fakes = this.networks.generate(sources);
    const adversarial = realLoss(this.#judge(fakes, noise));
    const pixel = lowpassLoss(tf.sub(fakes, sources));
    losses.set('G/adversarial', tf.keep(adversarial)).set('G/lowpass', tf.keep(pixel));
    const weight = pixelWeight(heat);
    return { loss: tf.add(tf.mul(adversarial, 1 - weight), tf.mul(pixel, weight)), fakes };
  }

  #discriminatorLoss(
    reals: tf.Tensor4D,
    fakes: tf.Tensor4D,
    noise: tf.Tensor4D,
    losses: StepLosses,
  ): tf.Scalar {
    const real = realLoss(this.#judge(reals, noise));
    const fake = fakeLoss(this.#judge(fakes, noise));
    losses.set('D/real', tf.keep(real)).set('D/fake', tf.keep(fake));
    return tf.add(real, fake);
  }

  #judge(faces: tf.Tensor4D, noise: tf.Tensor4D): tf.Tensor1D {
    const { discriminator } = this.config;
    return classicDiscriminate(discriminator, this.networks.discriminator, tf.add(faces, noise));
  }
}

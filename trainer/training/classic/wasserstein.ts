import * as tf from '@tensorflow/tfjs';
import type { ClassicConfig } from '../../config.ts';
import type { Batch } from '../../data/sampler.ts';
import { classicCriticize, initClassicCritic } from '../../networks/classic/discriminator.ts';
import { gradientsByName } from '../gradients.ts';
import type { Progress } from '../progress.ts';
import { RmsProp } from '../rms-prop.ts';
import type { StepLosses } from '../trainee.ts';
import { wassersteinBatches } from './schedule.ts';
import { ClassicTrainee } from './trainee.ts';

const RMS_DECAY = 0.9;
/** The critic's weights are clipped to this size (Arjovsky et al., 2017, "Wasserstein GAN"). */
const WEIGHT_LIMIT = 0.01;

/** The networks and the training of the last commit of 2017: a Wasserstein GAN with clipped weights. */
export class WassersteinTrainee extends ClassicTrainee {
  readonly criticRmsProp: RmsProp;

  constructor(config: ClassicConfig) {
    super(config, (random) => initClassicCritic(config.discriminator, random));
    this.criticRmsProp = new RmsProp(this.networks.discriminator, RMS_DECAY, WEIGHT_LIMIT);
  }

  override get optimizerSteps(): Readonly<Record<string, number>> {
    return { generator: this.networks.generatorAdam.steps };
  }

  override set optimizerSteps({ generator = 0 }: Readonly<Record<string, number>>) {
    this.networks.generatorAdam.steps = generator;
  }

  batchesPerStep({ step }: Progress): number {
    return wassersteinBatches(step).length;
  }

  /**
   * The losses are means over the batches of the step.
   * Throws a RangeError for another number of batches than the step takes.
   */
  step(batches: readonly Batch[], progress: Progress): StepLosses {
    const uses = wassersteinBatches(progress.step);
    if (batches.length !== uses.length) {
      throw new RangeError(`the step takes ${uses.length} batches, got ${batches.length}`);
    }
    const learningRate = this.learningRate(progress);
    const values = new Map<string, tf.Scalar[]>();
    for (const [i, batch] of batches.entries()) {
      const { sources, reals } = this.networks.toTensors(batch);
      const fakes =
        uses[i] === 'both'
          ? this.#updateGenerator(sources, learningRate, values)
          : tf.tidy(() => this.networks.generate(sources));
      this.#updateCritic(reals, fakes, learningRate, values);
      tf.dispose([sources, reals, fakes]);
    }
    return meanLosses(values);
  }

  protected adversaryMoments(): Map<string, tf.Variable> {
    return new Map([['discriminator-rmsprop/mean-square', this.criticRmsProp.meanSquare]]);
  }

  /** Updates the generator only; returns the faces that it made before. */
  #updateGenerator(
    sources: tf.Tensor4D,
    learningRate: number,
    values: Map<string, tf.Scalar[]>,
  ): tf.Tensor4D {
    const kept: { fakes?: tf.Tensor4D } = {};
    const { value, gradients } = gradientsByName(() => {
      const fakes = tf.keep(this.networks.generate(sources));
      kept.fakes = fakes;
      return tf.neg(tf.mean(this.#criticize(fakes)));
    }, this.networks.generator);
    this.networks.generatorAdam.apply(gradients, learningRate);
    append(values, 'G', value);
    tf.dispose([...gradients.values()]);
    return kept.fakes as tf.Tensor4D;
  }

  #updateCritic(
    reals: tf.Tensor4D,
    fakes: tf.Tensor4D,
    learningRate: number,
    values: Map<string, tf.Scalar[]>,
  ): void {
    const { discriminator } = this.networks;
    const { value, gradients } = gradientsByName(() => {
      const real = tf.mean<tf.Scalar>(this.#criticize(reals));
      const fake = tf.mean<tf.Scalar>(this.#criticize(fakes));
      append(values, 'D/real', tf.keep(real));
      append(values, 'D/fake', tf.keep(fake));
      return tf.sub(fake, real);
    }, discriminator);
    this.criticRmsProp.apply(gradients, learningRate);
    append(values, 'D', value);
    tf.dispose([...gradients.values()]);
  }

  #criticize(faces: tf.Tensor4D): tf.Tensor1D {
    return classicCriticize(this.config.discriminator, this.networks.discriminator, faces);
  }
}

function append(values: Map<string, tf.Scalar[]>, name: string, loss: tf.Scalar): void {
  values.set(name, [...(values.get(name) ?? []), loss]);
}

/** Disposes of the values. */
function meanLosses(values: ReadonlyMap<string, tf.Scalar[]>): StepLosses {
  const losses: StepLosses = new Map();
  for (const [name, scalars] of values) {
    losses.set(
      name,
      tf.tidy(() => tf.mean<tf.Scalar>(tf.stack(scalars))),
    );
    tf.dispose(scalars);
  }
  return losses;
}

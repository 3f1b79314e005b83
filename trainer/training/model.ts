import * as tf from '@tensorflow/tfjs';
import type { CropGeometry } from '../../models/contract/crop.ts';
import { maskAt } from '../../models/contract/mask.ts';
import type { ModernConfig } from '../config.ts';
import { type DiscriminatorConfig, initDiscriminator } from '../networks/discriminator.ts';
import { type GeneratorConfig, initGenerator } from '../networks/generator.ts';
import { createVariables, type ParameterValues } from '../networks/parameters.ts';
import { Random } from '../random.ts';
import { Adam, mix } from './adam.ts';
import { requireNormStatistics } from './norm-statistics.ts';
import { joinGroups } from './trainee.ts';

/** Everything that a step changes. */
export class TrainedModel {
  readonly generatorConfig: GeneratorConfig;
  readonly discriminatorConfig: DiscriminatorConfig;
  readonly generator: Map<string, tf.Variable>;
  readonly discriminator: Map<string, tf.Variable>;
  /** Exponential moving average of the generator, which is what gets exported. */
  readonly ema: Map<string, tf.Variable>;
  /** Where the blend's mask cuts: 1 - mask, [1, h, w, 1]. Constant. */
  readonly outside: tf.Tensor4D;
  readonly generatorAdam: Adam;
  readonly discriminatorAdam: Adam;
  #frozen: string[] = [];

  constructor(config: ModernConfig) {
    const targets = Object.keys(config.selection.targets).length;
    const { width, height } = config.crop;
    this.generatorConfig = { ...config.generator, targets };
    this.discriminatorConfig = { ...config.discriminator, targets, width, height };
    const random = new Random(config.seed);
    const initial = initGenerator(this.generatorConfig, random);
    this.generator = createVariables(initial);
    this.ema = createVariables(initial);
    this.discriminator = createVariables(initDiscriminator(this.discriminatorConfig, random));
    this.outside = outsideMask(config.crop);
    // A copy, since frozen statistics, which are not trained, come into the generator later.
    this.generatorAdam = new Adam(new Map(this.generator), config.beta1, config.beta2);
    this.discriminatorAdam = new Adam(this.discriminator, config.beta1, config.beta2);
  }

  get hasFrozenNorms(): boolean {
    return this.#frozen.length > 0;
  }

  /**
   * Puts statistics in place of the faces' own in every normalisation of the generator and its
   * average, as weights that are not trained; an empty map puts the faces' own back.
   *
   * @throws Error when a normalisation would be left without, or gets some of another shape
   */
  freezeNorms(statistics: ParameterValues): void {
    if (statistics.size > 0) requireNormStatistics(this.generatorConfig, statistics);
    for (const weights of [this.generator, this.ema]) {
      for (const name of this.#frozen) {
        weights.get(name)?.dispose();
        weights.delete(name);
      }
      for (const [name, constant] of createVariables(statistics, false)) {
        weights.set(name, constant);
      }
    }
    this.#frozen = [...statistics.keys()];
  }

  /** Sets the generator to its average. */
  restartFromEma(): void {
    tf.tidy(() => {
      for (const [name, average] of this.ema) this.generator.get(name)?.assign(average.clone());
    });
  }

  /** Moves the average towards the generator. */
  updateEma(decay: number): void {
    tf.tidy(() => {
      for (const [name, average] of this.ema) {
        if (!average.trainable) continue;
        average.assign(mix(average, this.generator.get(name) as tf.Variable, decay));
      }
    });
  }

  /** Every stored tensor by a name that is unique in a checkpoint. */
  tensors(): Map<string, tf.Variable> {
    return new Map([
      ...joinGroups({
        generator: this.generator,
        ema: this.ema,
        discriminator: this.discriminator,
      }),
      ['generator-adam/first', this.generatorAdam.first],
      ['generator-adam/second', this.generatorAdam.second],
      ['discriminator-adam/first', this.discriminatorAdam.first],
      ['discriminator-adam/second', this.discriminatorAdam.second],
    ]);
  }

  dispose(): void {
    for (const variable of this.tensors().values()) variable.dispose();
    this.outside.dispose();
  }
}

function outsideMask(crop: CropGeometry): tf.Tensor4D {
  const { width, height } = crop;
  const values = Float32Array.from(
    { length: height * width },
    (_, i) => 1 - maskAt(crop, (i % width) + 0.5, Math.floor(i / width) + 0.5),
  );
  return tf.tensor4d(values, [1, height, width, 1]);
}

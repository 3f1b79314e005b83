import * as tf from '@tensorflow/tfjs';
import type { ClassicConfig } from '../../config.ts';
import type { Batch } from '../../data/sampler.ts';
import { classicFaces, initClassicGenerator } from '../../networks/classic/generator.ts';
import { normalizeBatch, normalizeFaces } from '../../networks/classic/normalization.ts';
import { createVariables, type ParameterValues } from '../../networks/parameters.ts';
import { Random } from '../../random.ts';
import { Adam } from '../adam.ts';

/** Sources and real faces of a batch in [0, 1], [n, h, w, 3]. */
export interface ClassicBatch {
  readonly sources: tf.Tensor4D;
  readonly reals: tf.Tensor4D;
}

/** The 2017 generator with its optimiser, and the weights of its adversary. */
export class ClassicNetworks {
  readonly generator: Map<string, tf.Variable>;
  readonly discriminator: Map<string, tf.Variable>;
  readonly generatorAdam: Adam;
  readonly #config: ClassicConfig;

  /** @param initAdversary makes the adversary's weights after the generator's */
  constructor(config: ClassicConfig, initAdversary: (random: Random) => ParameterValues) {
    this.#config = config;
    const random = new Random(config.seed);
    this.generator = createVariables(initClassicGenerator(config.generator, random));
    this.discriminator = createVariables(initAdversary(random));
    this.generatorAdam = classicAdam(this.generator);
  }

  /** Faces made over in training, by the statistics of their batch; in [0, 1]. */
  generate(sources: tf.Tensor4D): tf.Tensor4D {
    return classicFaces(this.#config.generator, this.generator, sources, normalizeBatch);
  }

  /** Faces made over each by its own statistics, as the exported model does; in [-1, 1]. */
  makeOver(x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const unit = tf.div<tf.Tensor4D>(tf.add(x, 1), 2);
      const y = classicFaces(this.#config.generator, this.generator, unit, normalizeFaces);
      return tf.sub(tf.mul(y, 2), 1);
    });
  }

  toTensors({ sources, reals, realLabels }: Batch): ClassicBatch {
    const { width, height } = this.#config.crop;
    const shape: Shape = [realLabels.length, height, width, 3];
    return { sources: toUnitRange(sources, shape), reals: toUnitRange(reals, shape) };
  }
}

type Shape = [number, number, number, number];

function toUnitRange(levels: Uint8Array, shape: Shape): tf.Tensor4D {
  const values = new Float32Array(levels.length);
  for (let i = 0; i < levels.length; i++) values[i] = (levels[i] as number) / 255;
  return tf.tensor4d(values, shape);
}

/** Adam as the 2017 project configured it, with TensorFlow 1's place of epsilon. */
export function classicAdam(variables: ReadonlyMap<string, tf.Variable>): Adam {
  return new Adam(variables, 0.9, 0.999, 'uncorrected');
}

import * as tf from '@tensorflow/tfjs';
import { assignVector, gradientVector, toVector, vectorSize } from './parameter-vector.ts';

/**
 * Whether epsilon is added to the deviation after or before its correction for the first steps. The
 * paper does the former in its algorithm 1, TensorFlow 1 the latter.
 */
export type EpsilonPlace = 'corrected' | 'uncorrected';

/**
 * Adam (Kingma and Ba, 2015) on all variables of a network as one vector. Moments do not depend on
 * which variables a step happens to reach, as those of tf.train.adam do.
 */
export class Adam {
  /** First and second moments of all variables, one after another in their order, [parameters]. */
  readonly first: tf.Variable;
  readonly second: tf.Variable;
  steps = 0;
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon = 1e-8;
  readonly #epsilonPlace: EpsilonPlace;
  readonly #variables: ReadonlyMap<string, tf.Variable>;

  constructor(
    variables: ReadonlyMap<string, tf.Variable>,
    beta1: number,
    beta2: number,
    epsilonPlace: EpsilonPlace = 'corrected',
  ) {
    this.#variables = variables;
    this.#beta1 = beta1;
    this.#beta2 = beta2;
    this.#epsilonPlace = epsilonPlace;
    const size = vectorSize(variables);
    this.first = tf.tidy(() => tf.variable(tf.zeros([size])));
    this.second = tf.tidy(() => tf.variable(tf.zeros([size])));
  }

  /** Makes one update. Throws an Error when a variable has no gradient. */
  apply(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: number): void {
    this.steps++;
    const correction1 = 1 - this.#beta1 ** this.steps;
    const correction2 = 1 - this.#beta2 ** this.steps;
    const epsilon =
      this.#epsilonPlace === 'corrected' ? this.#epsilon : this.#epsilon / Math.sqrt(correction2);
    tf.tidy(() => {
      const gradient = gradientVector(gradients, this.#variables);
      // Without a first moment the gradient is it: three passes over the vector less.
      const first = this.#beta1 === 0 ? gradient : mix(this.first, gradient, this.#beta1);
      this.first.assign(first);
      this.second.assign(mix(this.second, tf.square(gradient), this.#beta2));
      const deviation = tf.add(tf.sqrt(tf.div(this.second, correction2)), epsilon);
      const update = tf.mul(tf.div(this.first, deviation), learningRate / correction1);
      assignVector(this.#variables, tf.sub(toVector(this.#variables), update));
    });
  }

  dispose(): void {
    this.first.dispose();
    this.second.dispose();
  }
}

/** decay * average + (1 - decay) * value */
export function mix(average: tf.Tensor, value: tf.Tensor, decay: number): tf.Tensor {
  return tf.add(tf.mul(average, decay), tf.mul(value, 1 - decay));
}

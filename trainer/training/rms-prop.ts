import * as tf from '@tensorflow/tfjs';
import { mix } from './adam.ts';
import { assignVector, gradientVector, toVector, vectorSize } from './parameter-vector.ts';

/**
 * RMSProp (Tieleman and Hinton, 2012) as TensorFlow 1 had it: the mean square starts at 1 and not at
 * 0 as in tf.train.rmsprop, so that the first steps are short, and epsilon stands below the root.
 */
export class RmsProp {
  /** Decaying mean of squared gradients of all variables in their order, [parameters]. */
  readonly meanSquare: tf.Variable;
  readonly #decay: number;
  readonly #epsilon = 1e-10;
  readonly #limit: number;
  readonly #variables: ReadonlyMap<string, tf.Variable>;

  /** @param limit values are clipped to [-limit, limit] after each update */
  constructor(variables: ReadonlyMap<string, tf.Variable>, decay: number, limit: number) {
    this.#variables = variables;
    this.#decay = decay;
    this.#limit = limit;
    this.meanSquare = tf.tidy(() => tf.variable(tf.ones([vectorSize(variables)])));
  }

  /** Makes one update. Throws an Error when a variable has no gradient. */
  apply(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: number): void {
    tf.tidy(() => {
      const gradient = gradientVector(gradients, this.#variables);
      this.meanSquare.assign(mix(this.meanSquare, tf.square(gradient), this.#decay));
      const root = tf.sqrt(tf.add(this.meanSquare, this.#epsilon));
      const update = tf.mul(tf.div(gradient, root), learningRate);
      const updated = tf.sub<tf.Tensor1D>(toVector(this.#variables), update);
      assignVector(this.#variables, tf.clipByValue(updated, -this.#limit, this.#limit));
    });
  }

  dispose(): void {
    this.meanSquare.dispose();
  }
}

import * as tf from '@tensorflow/tfjs';

/**
 * Adam (Kingma and Ba, 2015) on all variables of a network as one vector: a few operations on a long
 * vector instead of ten on each of a hundred short ones, whose dispatch took longer than their work.
 * Moments do not depend on which variables a step happens to reach, as those of tf.train.adam do.
 */
export class Adam {
  /** First and second moments of all variables, one after another in their order, [parameters]. */
  readonly first: tf.Variable;
  readonly second: tf.Variable;
  steps = 0;
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon = 1e-8;
  readonly #variables: ReadonlyMap<string, tf.Variable>;

  constructor(variables: ReadonlyMap<string, tf.Variable>, beta1: number, beta2: number) {
    this.#variables = variables;
    this.#beta1 = beta1;
    this.#beta2 = beta2;
    const size = [...variables.values()].reduce((sum, variable) => sum + variable.size, 0);
    this.first = tf.tidy(() => tf.variable(tf.zeros([size])));
    this.second = tf.tidy(() => tf.variable(tf.zeros([size])));
  }

  /** Makes one update. Throws an Error when a variable has no gradient. */
  apply(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: number): void {
    this.steps++;
    const correction1 = 1 - this.#beta1 ** this.steps;
    const correction2 = 1 - this.#beta2 ** this.steps;
    tf.tidy(() => {
      const gradient = flatten(
        [...this.#variables.keys()].map((name) => requireGradient(gradients, name)),
      );
      this.first.assign(mix(this.first, gradient, this.#beta1));
      this.second.assign(mix(this.second, tf.square(gradient), this.#beta2));
      const deviation = tf.add(tf.sqrt(tf.div(this.second, correction2)), this.#epsilon);
      const update = tf.mul(tf.div(this.first, deviation), learningRate / correction1);
      const variables = [...this.#variables.values()];
      const updated = tf.sub(flatten(variables), update);
      const parts = tf.split(
        updated,
        variables.map((variable) => variable.size),
      );
      variables.forEach((variable, i) => {
        variable.assign(tf.reshape(parts[i] as tf.Tensor, variable.shape));
      });
    });
  }

  dispose(): void {
    this.first.dispose();
    this.second.dispose();
  }
}

function requireGradient(gradients: ReadonlyMap<string, tf.Tensor>, name: string): tf.Tensor {
  const gradient = gradients.get(name);
  if (gradient !== undefined) return gradient;
  throw new Error(`the loss does not reach ${name}: every trained variable needs a gradient`);
}

/** All values one after another, [parameters]. */
function flatten(tensors: readonly tf.Tensor[]): tf.Tensor1D {
  return tf.concat(tensors.map((tensor) => tf.reshape(tensor, [tensor.size])));
}

/** decay * average + (1 - decay) * value */
export function mix(average: tf.Tensor, value: tf.Tensor, decay: number): tf.Tensor {
  return tf.add(tf.mul(average, decay), tf.mul(value, 1 - decay));
}

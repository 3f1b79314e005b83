import * as tf from '@tensorflow/tfjs';

/**
 * Adam (Kingma and Ba, 2015) with its moments kept by variable name. tf.train.adam keeps them by
 * position, so that a step in which one variable has no gradient mixes them up.
 */
export class Adam {
  /** First and second moments by variable name. */
  readonly first = new Map<string, tf.Variable>();
  readonly second = new Map<string, tf.Variable>();
  steps = 0;
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon = 1e-8;
  readonly #variables: ReadonlyMap<string, tf.Variable>;

  constructor(variables: ReadonlyMap<string, tf.Variable>, beta1: number, beta2: number) {
    this.#variables = variables;
    this.#beta1 = beta1;
    this.#beta2 = beta2;
    for (const [name, variable] of variables) {
      this.first.set(name, zerosLike(variable));
      this.second.set(name, zerosLike(variable));
    }
  }

  /** Makes one update; variables without a gradient keep their value and moments. */
  apply(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: number): void {
    this.steps++;
    const correction1 = 1 - this.#beta1 ** this.steps;
    const correction2 = 1 - this.#beta2 ** this.steps;
    tf.tidy(() => {
      for (const [name, gradient] of gradients) {
        const variable = this.#variables.get(name) as tf.Variable;
        const first = this.first.get(name) as tf.Variable;
        const second = this.second.get(name) as tf.Variable;
        first.assign(mix(first, gradient, this.#beta1));
        second.assign(mix(second, tf.square(gradient), this.#beta2));
        const deviation = tf.add(tf.sqrt(tf.div(second, correction2)), this.#epsilon);
        const update = tf.mul(tf.div(first, deviation), learningRate / correction1);
        variable.assign(tf.sub(variable, update));
      }
    });
  }

  dispose(): void {
    for (const moment of [...this.first.values(), ...this.second.values()]) moment.dispose();
  }
}

/** decay * average + (1 - decay) * value */
export function mix(average: tf.Tensor, value: tf.Tensor, decay: number): tf.Tensor {
  return tf.add(tf.mul(average, decay), tf.mul(value, 1 - decay));
}

function zerosLike(variable: tf.Variable): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zerosLike(variable)));
}

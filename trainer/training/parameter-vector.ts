import * as tf from '@tensorflow/tfjs';

/**
 * Optimisers see all variables of a network as one vector: a few operations on a long vector instead
 * of ten on each of a hundred short ones, whose dispatch took longer than their work.
 */

/** The number of values of all variables. */
export function vectorSize(variables: ReadonlyMap<string, tf.Variable>): number {
  return [...variables.values()].reduce((sum, variable) => sum + variable.size, 0);
}

/** All values one after another in the order of the map, [parameters]. */
export function toVector(tensors: ReadonlyMap<string, tf.Tensor>): tf.Tensor1D {
  return tf.concat([...tensors.values()].map((tensor) => tf.reshape(tensor, [tensor.size])));
}

/** The gradients of all variables, [parameters]. Throws an Error when a variable has none. */
export function gradientVector(
  gradients: ReadonlyMap<string, tf.Tensor>,
  variables: ReadonlyMap<string, tf.Variable>,
): tf.Tensor1D {
  const ordered = [...variables.keys()].map((name): [string, tf.Tensor] => {
    const gradient = gradients.get(name);
    if (gradient !== undefined) return [name, gradient];
    throw new Error(`the loss does not reach ${name}: every trained variable needs a gradient`);
  });
  return toVector(new Map(ordered));
}

/** Sets all variables from a vector in the order of the map, [parameters]. */
export function assignVector(
  variables: ReadonlyMap<string, tf.Variable>,
  vector: tf.Tensor1D,
): void {
  const ordered = [...variables.values()];
  const parts = tf.split(
    vector,
    ordered.map((variable) => variable.size),
  );
  ordered.forEach((variable, i) => {
    variable.assign(tf.reshape(parts[i] as tf.Tensor, variable.shape));
  });
}

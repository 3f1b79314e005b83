import * as tf from '@tensorflow/tfjs';

/**
 * Value and gradients of a loss by the caller's variable names; variables that the loss does not
 * reach are left out. The caller disposes of both.
 */
export function gradientsByName(
  loss: () => tf.Scalar,
  variables: ReadonlyMap<string, tf.Variable>,
): { value: tf.Scalar; gradients: Map<string, tf.Tensor> } {
  const { value, grads } = tf.variableGrads(loss, [...variables.values()]);
  const gradients = new Map<string, tf.Tensor>();
  for (const [name, variable] of variables) {
    const gradient = grads[variable.name];
    if (gradient) gradients.set(name, gradient);
  }
  return { value, gradients };
}

import * as tf from '@tensorflow/tfjs';

/** Keras's layer `Subtract`, which tf.js lacks: the first of two tensors minus the second. */
export class Subtract extends tf.layers.Layer {
  static readonly className = 'Subtract';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [a, b] = requireTwo(inputs);
    return tf.sub(a, b);
  }

  /** Sizes of 1 broadcast, unknown ones stay unknown. */
  override computeOutputShape(shapes: tf.Shape | tf.Shape[]): tf.Shape {
    const [a, b] = requireTwo(shapes as tf.Shape[]);
    return a.map((size, axis) => (size === 1 ? (b[axis] ?? size) : size));
  }
}

function requireTwo<T>(inputs: T | T[]): [T, T] {
  const [a, b, ...others] = Array.isArray(inputs) ? inputs : [inputs];
  if (a === undefined || b === undefined || others.length > 0) {
    throw new Error('a Subtract layer takes two tensors');
  }
  return [a, b];
}

/** Lets tf.js load models with the layer, unless the program has a class of that name itself. */
export function registerSubtract(): void {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  if (!(Subtract.className in classNameMap)) tf.serialization.registerClass(Subtract);
}

import * as tf from '@tensorflow/tfjs';

/** What the native backend has beyond tf.js's own interface: any operation of TensorFlow by its name. */
interface NativeBackend {
  readonly binding: Readonly<Record<'TF_ATTR_TYPE' | 'TF_ATTR_FLOAT' | 'TF_FLOAT', number>>;
  executeSingleOutput(
    name: string,
    attributes: readonly { readonly name: string; readonly type: number; readonly value: number }[],
    inputs: readonly tf.Tensor[],
  ): tf.Tensor;
}

/**
 * dy where x > 0, slope * dy elsewhere, in one pass on native TensorFlow, whose tf.js binding has no
 * name for it. Not differentiable.
 */
export function leakyReluGradientKernel(dy: tf.Tensor, x: tf.Tensor, slope: number): tf.Tensor {
  const backend: unknown = tf.backend();
  if (isNative(backend)) {
    const { TF_ATTR_TYPE, TF_ATTR_FLOAT, TF_FLOAT } = backend.binding;
    const type = { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT };
    const alpha = { name: 'alpha', type: TF_ATTR_FLOAT, value: slope };
    return slope === 0
      ? backend.executeSingleOutput('ReluGrad', [type], [dy, x])
      : backend.executeSingleOutput('LeakyReluGrad', [type, alpha], [dy, x]);
  }
  const positive = tf.cast(tf.greater(x, 0), 'float32');
  return tf.mul(dy, tf.add(tf.mul(positive, 1 - slope), slope));
}

function isNative(backend: unknown): backend is NativeBackend {
  return typeof backend === 'object' && backend !== null && 'executeSingleOutput' in backend;
}

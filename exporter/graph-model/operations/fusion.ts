import { elu, leakyRelu, prelu, relu, relu6, sigmoid } from '../../onnx/activations.ts';
import type { TensorValue } from '../../onnx/tensor-value.ts';
import type { Operands } from '../operands.ts';

/** What a fused node adds to its product. */
export interface Fusion {
  readonly bias: Float32Array | undefined;
  /** Adds the activation under the node's name; undefined where there is none. */
  readonly activate: ((x: TensorValue) => TensorValue) | undefined;
}

/** tf.js's own value where the attribute is missing. */
const LEAKY_RELU_ALPHA = 0.2;

/** Activations by the names that TensorFlow gives them in `fused_ops`. */
const ACTIVATIONS: ReadonlyMap<string, (operands: Operands, x: TensorValue) => TensorValue> =
  new Map([
    ['Relu', ({ graph, name }, x) => relu(graph, name, x)],
    ['Relu6', ({ graph, name }, x) => relu6(graph, name, x)],
    ['Elu', ({ graph, name }, x) => elu(graph, name, x)],
    ['Sigmoid', ({ graph, name }, x) => sigmoid(graph, name, x)],
    [
      'LeakyRelu',
      ({ graph, name, attributes }, x) => {
        const alpha = attributes.float('leakyrelu_alpha', LEAKY_RELU_ALPHA);
        return leakyRelu(graph, name, x, alpha);
      },
    ],
    ['Prelu', (operands, x) => prelu(operands.graph, operands.name, x, operands.floats(3))],
  ]);

/**
 * Reads `fused_ops` of a convolution or a matrix product: BiasAdd, and behind it an activation, which
 * is all that tf.js runs.
 */
export function readFusion(operands: Operands): Fusion {
  const [first, activation, ...others] = operands.attributes.texts('fused_ops');
  const activate = ACTIVATIONS.get(activation ?? '');
  const isKnown = activation === undefined || activate !== undefined;
  if ((first !== undefined && first !== 'BiasAdd') || !isKnown || others.length > 0) {
    const fused = operands.attributes.texts('fused_ops').join(', ');
    throw operands.error(
      `fuses ${fused}; supported are BiasAdd and one of ${[...ACTIVATIONS.keys()].join(', ')} behind it`,
    );
  }
  return {
    bias: first === undefined ? undefined : operands.floats(2).data,
    activate: activate && ((x) => activate(operands, x)),
  };
}

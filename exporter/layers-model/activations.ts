import {
  elu,
  hardSigmoid,
  relu,
  relu6,
  selu,
  sigmoid,
  softmax,
  swish,
  tanh,
  unary,
} from '../onnx/activations.ts';
import { binary } from '../onnx/elementwise.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';

type Activation = (graph: GraphBuilder, name: string, x: TensorValue) => TensorValue;

/** The functions that layers name in their setting `activation`, without `linear`. */
const ACTIVATIONS: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ['relu', relu],
  ['relu6', relu6],
  ['elu', elu],
  ['selu', selu],
  ['sigmoid', sigmoid],
  ['hardSigmoid', hardSigmoid],
  ['tanh', tanh],
  ['softmax', (graph, name, x) => softmax(graph, name, x, -1)],
  ['swish', swish],
  ['softplus', (graph, name, x) => unary(graph, 'Softplus', name, x)],
  ['softsign', (graph, name, x) => unary(graph, 'Softsign', name, x)],
  ['mish', mish],
]);

/**
 * An activation function by tf.js's name, under a name such as `conv1/relu`.
 *
 * @param name the layer's
 * @throws Error for a function that cannot be converted
 */
export function activate(
  graph: GraphBuilder,
  name: string,
  activation: string,
  x: TensorValue,
): TensorValue {
  if (activation === 'linear') return x;
  const apply = ACTIVATIONS.get(activation);
  if (apply === undefined) {
    const supported = ['linear', ...ACTIVATIONS.keys()].join(', ');
    throw new Error(`${name} has the activation ${activation}; supported are ${supported}`);
  }
  return apply(graph, `${name}/${activation}`, x);
}

/** x tanh(softplus(x)) */
function mish(graph: GraphBuilder, name: string, x: TensorValue): TensorValue {
  const softplus = unary(graph, 'Softplus', `${name}/softplus`, x);
  return binary(graph, 'Mul', name, x, tanh(graph, `${name}/tanh`, softplus));
}

import {
  clip,
  elu,
  leakyRelu,
  prelu,
  relu,
  relu6,
  selu,
  sigmoid,
  softmax,
  tanh,
  unary,
} from '../../onnx/activations.ts';
import { batchNorm } from '../../onnx/norms.ts';
import type { TensorValue } from '../../onnx/tensor-value.ts';
import { type NodeValue, tensorResult } from '../node-value.ts';
import type { Operands, Operation } from '../operands.ts';

/** Functions of single values that ONNX has under the same or another name. */
const SAME_IN_ONNX: readonly (readonly [string, string])[] = [
  ['Abs', 'Abs'],
  ['Ceil', 'Ceil'],
  ['Erf', 'Erf'],
  ['Exp', 'Exp'],
  ['Floor', 'Floor'],
  ['Log', 'Log'],
  ['Neg', 'Neg'],
  ['Reciprocal', 'Reciprocal'],
  ['Softplus', 'Softplus'],
  ['Sqrt', 'Sqrt'],
];

/** Operations on one tensor that keep its dims. */
export const FUNCTION_OPERATIONS: readonly (readonly [string, Operation])[] = [
  ...SAME_IN_ONNX.map(([op, opType]) => {
    return [op, ofTensor(({ graph, name }, x) => unary(graph, opType, name, x))] as const;
  }),
  ['Relu', ofTensor(({ graph, name }, x) => relu(graph, name, x))],
  ['Relu6', ofTensor(({ graph, name }, x) => relu6(graph, name, x))],
  ['Elu', ofTensor(({ graph, name }, x) => elu(graph, name, x))],
  ['Selu', ofTensor(({ graph, name }, x) => selu(graph, name, x))],
  ['Sigmoid', ofTensor(({ graph, name }, x) => sigmoid(graph, name, x))],
  ['Tanh', ofTensor(({ graph, name }, x) => tanh(graph, name, x))],
  ['Softmax', ofTensor(({ graph, name }, x) => softmax(graph, name, x, -1))],
  ['LeakyRelu', ofTensor((operands, x) => leakyReluOf(operands, x))],
  ['Prelu', ofTensor((operands, x) => prelu(operands.graph, operands.name, x, operands.floats(1)))],
  ['Square', ofTensor((operands, x) => binaryOfSelf(operands, x, 'Mul'))],
  ['Rsqrt', ofTensor(rsqrt)],
  ['ClipByValue', ofTensor(clipByValue)],
  ['Cast', ofTensor(cast)],
  ...['Identity', 'StopGradient', 'Snapshot'].map((op) => [op, ofTensor((_, x) => x)] as const),
  ...['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'].map((op) => {
    return [op, ofTensor(fusedBatchNorm)] as const;
  }),
];

function ofTensor(convert: (operands: Operands, x: TensorValue) => TensorValue): Operation {
  return (operands): NodeValue => tensorResult(convert(operands, operands.tensor(0)));
}

function leakyReluOf({ graph, name, attributes }: Operands, x: TensorValue): TensorValue {
  return leakyRelu(graph, name, x, attributes.float('alpha', 0.2));
}

function binaryOfSelf({ graph, name }: Operands, x: TensorValue, opType: string): TensorValue {
  return { ...x, value: graph.op(opType, name, [x.value, x.value]) };
}

/** 1 / sqrt(x) */
function rsqrt({ graph, name }: Operands, x: TensorValue): TensorValue {
  return unary(graph, 'Reciprocal', name, unary(graph, 'Sqrt', `${name}/sqrt`, x));
}

function clipByValue(operands: Operands, x: TensorValue): TensorValue {
  return clip(operands.graph, operands.name, x, operands.number(1), operands.number(2));
}

/** Values of the graph are float32 whatever the model calls them; only a cast to float keeps them. */
function cast(operands: Operands, x: TensorValue): TensorValue {
  const target = operands.attributes.type('DstT');
  if (target === 'DT_FLOAT' || target === 'DT_HALF' || target === 'DT_DOUBLE') return x;
  throw operands.error(`turns a tensor into ${target}; supported are casts to DT_FLOAT`);
}

function fusedBatchNorm(operands: Operands, x: TensorValue): TensorValue {
  operands.requireChannelsLast();
  if (operands.attributes.flag('is_training')) {
    throw operands.error('is in training mode: export the model for inference');
  }
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((position) => {
    return operands.floats(position).data;
  }) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const epsilon = operands.attributes.float('epsilon', 0.001);
  return batchNorm(operands.graph, operands.name, x, { gamma, beta, mean, variance, epsilon });
}

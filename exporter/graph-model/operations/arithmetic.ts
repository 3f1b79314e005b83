import { constantBeside, type FloatConstant, transposeConstant } from '../../onnx/constants.ts';
import { dense } from '../../onnx/dense.ts';
import { type BinaryOp, binary, mergeDims, reduceBinary } from '../../onnx/elementwise.ts';
import { toPlain } from '../../onnx/layouts.ts';
import type { TensorValue } from '../../onnx/tensor-value.ts';
import { type NodeValue, tensorResult } from '../node-value.ts';
import type { Operands, Operation } from '../operands.ts';
import { readFusion } from './fusion.ts';

/** Operations on two tensors or more, element by element, and matrix products. */
export const ARITHMETIC_OPERATIONS: readonly (readonly [string, Operation])[] = [
  ...(
    [
      ['Add', 'Add'],
      ['AddV2', 'Add'],
      ['BiasAdd', 'Add'],
      ['Sub', 'Sub'],
      ['Mul', 'Mul'],
      ['RealDiv', 'Div'],
      ['Div', 'Div'],
      ['Maximum', 'Max'],
      ['Minimum', 'Min'],
      ['Pow', 'Pow'],
    ] as const
  ).map(([op, onnxOp]) => {
    return [op, (operands: Operands) => tensorResult(elementwise(operands, onnxOp))] as const;
  }),
  ['SquaredDifference', squaredDifference],
  ['AddN', addN],
  ['MatMul', (operands) => tensorResult(product(operands, operands.name))],
  ['_FusedMatMul', fusedProduct],
];

function elementwise(operands: Operands, op: BinaryOp, name = operands.name): TensorValue {
  operands.requireChannelsLast();
  const { graph } = operands;
  const [a, b] = [operands.value(0), operands.value(1)];
  if (a.kind === 'tensor' && b.kind === 'tensor') {
    return binary(graph, op, name, a.tensor, b.tensor);
  }
  const isFirst = a.kind === 'constant';
  const tensor = operands.tensor(isFirst ? 1 : 0);
  const constant = operands.floats(isFirst ? 0 : 1);
  // A constant of more axes adds some in front, which a map or a flattened map does not have.
  const x = constant.shape.length > tensor.dims.length ? toPlain(graph, tensor) : tensor;
  const beside = besideTensor(operands, `${name}/constant`, x, constant);
  const inputs = isFirst ? [beside.value, x.value] : [x.value, beside.value];
  const dims = mergeDims(graph, name, x.dims, beside.dims);
  return { value: graph.op(op, name, inputs), dims, layout: x.layout };
}

/** A constant in the tensor's layout; one number as a scalar, which fits every layout. */
function besideTensor(
  { graph }: Operands,
  name: string,
  x: TensorValue,
  { shape, data }: FloatConstant,
): TensorValue {
  const [value] = data;
  if (value !== undefined && data.length === 1 && shape.length <= x.dims.length) {
    return { value: graph.scalar(name, value), dims: [], layout: 'plain' };
  }
  return constantBeside(graph, name, x, { shape, data });
}

/** (a - b) squared */
function squaredDifference(operands: Operands): NodeValue {
  const { graph, name } = operands;
  const difference = elementwise(operands, 'Sub', `${name}/difference`);
  const value = graph.op('Mul', name, [difference.value, difference.value]);
  return tensorResult({ ...difference, value });
}

function addN(operands: Operands): NodeValue {
  const { graph, name } = operands;
  return tensorResult(reduceBinary(graph, 'Add', name, operands.tensors()));
}

function fusedProduct(operands: Operands): NodeValue {
  const { bias, activate } = readFusion(operands);
  const y = product(operands, activate ? `${operands.name}/MatMul` : operands.name, bias);
  return tensorResult(activate ? activate(y) : y);
}

/** [n, in] times a constant [in, out]. */
function product(operands: Operands, name: string, bias?: Float32Array): TensorValue {
  if (operands.attributes.flag('transpose_a')) {
    throw operands.error('transposes its first factor, which is not supported');
  }
  const kernel = operands.floats(1);
  const oriented = operands.attributes.flag('transpose_b')
    ? transposeConstant(kernel, [1, 0])
    : kernel;
  return dense(operands.graph, name, operands.tensor(0), oriented, bias);
}

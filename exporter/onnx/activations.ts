import { constantBeside, type FloatConstant } from './constants.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { toPlain } from './layouts.ts';
import type { AttributeValue } from './messages.ts';
import { onnxAxis, resolveAxis, type TensorValue } from './tensor-value.ts';

/** Functions of single values, which keep dims and layout. */

export function relu(graph: GraphBuilder, name: string, x: TensorValue): TensorValue {
  return unary(graph, 'Relu', name, x);
}

/** The values cut off at `low` and `high`. */
export function clip(
  graph: GraphBuilder,
  name: string,
  x: TensorValue,
  low: number,
  high: number,
): TensorValue {
  const limits = [graph.scalar(`${name}/low`, low), graph.scalar(`${name}/high`, high)];
  return { ...x, value: graph.op('Clip', name, [x.value, ...limits]) };
}

export function relu6(graph: GraphBuilder, name: string, x: TensorValue): TensorValue {
  return clip(graph, name, x, 0, 6);
}

/** alpha * x where x is negative. */
export function leakyRelu(
  graph: GraphBuilder,
  name: string,
  x: TensorValue,
  alpha: number,
): TensorValue {
  return unary(graph, 'LeakyRelu', name, x, { alpha: { float: alpha } });
}

/** slope * x where x is negative; the slope's shape is that of one input, or broadcasts to it. */
export function prelu(
  graph: GraphBuilder,
  name: string,
  x: TensorValue,
  slope: FloatConstant,
): TensorValue {
  const { value } = constantBeside(graph, `${name}/slope`, x, slope);
  return { ...x, value: graph.op('PRelu', name, [x.value, value]) };
}

/** alpha (exp(x) - 1) where x is negative. */
export function elu(graph: GraphBuilder, name: string, x: TensorValue, alpha = 1): TensorValue {
  return unary(graph, 'Elu', name, x, { alpha: { float: alpha } });
}

/** Its constants are ONNX's defaults, those of Klambauer et al. 2017. */
export function selu(graph: GraphBuilder, name: string, x: TensorValue): TensorValue {
  return unary(graph, 'Selu', name, x);
}

export function sigmoid(graph: GraphBuilder, name: string, x: TensorValue): TensorValue {
  return unary(graph, 'Sigmoid', name, x);
}

/** 0.2 x + 0.5 between 0 and 1. */
export function hardSigmoid(graph: GraphBuilder, name: string, x: TensorValue): TensorValue {
  return unary(graph, 'HardSigmoid', name, x, { alpha: { float: 0.2 }, beta: { float: 0.5 } });
}

export function tanh(graph: GraphBuilder, name: string, x: TensorValue): TensorValue {
  return unary(graph, 'Tanh', name, x);
}

/** x * sigmoid(x) */
export function swish(graph: GraphBuilder, name: string, x: TensorValue): TensorValue {
  const gate = sigmoid(graph, `${name}/sigmoid`, x);
  return { ...x, value: graph.op('Mul', name, [x.value, gate.value]) };
}

/** Probabilities along an axis of tf.js's order, -1 being the last. */
export function softmax(
  graph: GraphBuilder,
  name: string,
  input: TensorValue,
  axis: number,
): TensorValue {
  // The features of a flattened map lie in another order, which a softmax does not mind.
  const resolved = resolveAxis(name, input, axis);
  const x = typeof input.layout === 'string' || resolved === 1 ? input : toPlain(graph, input);
  return unary(graph, 'Softmax', name, x, { axis: onnxAxis(x, resolved) });
}

/** Any ONNX operation of one value that keeps its dims. */
export function unary(
  graph: GraphBuilder,
  opType: string,
  name: string,
  x: TensorValue,
  attributes: Readonly<Record<string, AttributeValue>> = {},
): TensorValue {
  return { ...x, value: graph.op(opType, name, [x.value], attributes) };
}

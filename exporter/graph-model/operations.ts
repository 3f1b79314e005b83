import { relu } from '../onnx/activations.ts';
import { pad as padAxes } from '../onnx/borders.ts';
import type { FloatConstant } from '../onnx/constants.ts';
import { depthwiseConv as addDepthwiseConv, conv } from '../onnx/convolutions.ts';
import { add } from '../onnx/elementwise.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { pool } from '../onnx/pools.ts';
import { reshape as reshapeTo } from '../onnx/shapes.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import type { Padding } from '../onnx/windows.ts';
import type { Constant, GraphNode } from './graph-definition.ts';

/** What an operation reads: the graph that it adds to, and its inputs by position. */
export interface Operands {
  readonly graph: GraphBuilder;
  readonly features: (position: number) => TensorValue;
  readonly constant: (position: number) => Constant;
}

type Operation = (node: GraphNode, operands: Operands) => TensorValue;

/** Every tf.js operation that can be converted. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['_FusedConv2D', fusedConv2d],
  ['DepthwiseConv2dNative', depthwiseConv2d],
  ['AddV2', (node, { graph, features }) => add(graph, node.name, features(0), features(1))],
  ['Relu', (node, { graph, features }) => relu(graph, node.name, features(0))],
  ['MaxPool', maxPool],
  ['Pad', pad],
  ['Reshape', reshape],
  ['Identity', (_, { features }) => features(0)],
]);

function fusedConv2d(node: GraphNode, { graph, features, constant }: Operands): TensorValue {
  const fused = node.attributeStrings('fused_ops').join();
  if (fused !== 'BiasAdd' && fused !== 'BiasAdd,Relu') {
    throw new Error(`${place(node)} fuses ${fused}; supported are BiasAdd and BiasAdd,Relu`);
  }
  const hasRelu = fused.endsWith('Relu');
  const x = features(0);
  const kernel = floats(node, constant(1));
  const y = conv(graph, hasRelu ? `${node.name}/Conv` : node.name, x, kernel, {
    bias: floats(node, constant(2)).data,
    ...readWindow(node),
  });
  return hasRelu ? relu(graph, node.name, y) : y;
}

function depthwiseConv2d(node: GraphNode, { graph, features, constant }: Operands): TensorValue {
  const kernel = floats(node, constant(1));
  return addDepthwiseConv(graph, node.name, features(0), kernel, readWindow(node));
}

function maxPool(node: GraphNode, { graph, features }: Operands): TensorValue {
  const [, height, width] = node.attributeInts('ksize') as [number, number, number, number];
  const window = { size: [height, width] as const, ...readWindow(node) };
  return pool(graph, 'max', node.name, features(0), window);
}

/** Zeros around the map: [[n, n], [h, h], [w, w], [c, c]], begin and end of each axis. */
function pad(node: GraphNode, { graph, features, constant }: Operands): TensorValue {
  const amounts = [...constant(1).data];
  const pads = [0, 2, 4, 6].map((i) => ({ begin: amounts[i] ?? 0, end: amounts[i + 1] ?? 0 }));
  return padAxes(graph, node.name, features(0), pads);
}

/** The batch of 1 that the model fixes becomes free. */
function reshape(node: GraphNode, { graph, features, constant }: Operands): TensorValue {
  const x = features(0);
  const [batch, ...shape] = constant(1).data;
  if (batch !== 1 && batch !== -1) {
    throw new Error(`${place(node)} reshapes to a batch of ${batch}; supported are 1 and -1`);
  }
  return reshapeTo(graph, node.name, x, [x.dims[0] ?? 1, ...shape]);
}

/** Strides and padding of a convolution or a pooling. */
function readWindow(node: GraphNode): {
  readonly strides: readonly [number, number];
  readonly padding: Padding;
} {
  const [, vertical, horizontal] = node.attributeInts('strides') as [number, number, number];
  if (node.attributeString('data_format') !== 'NHWC') {
    throw new Error(`${place(node)} is ${node.attributeString('data_format')}, expected NHWC`);
  }
  const padding = node.attributeString('padding');
  if (padding !== 'SAME' && padding !== 'VALID') {
    throw new Error(`${place(node)} has padding ${padding}; supported are SAME and VALID`);
  }
  return { strides: [vertical, horizontal], padding: padding === 'SAME' ? 'same' : 'valid' };
}

function floats(node: GraphNode, { shape, data }: Constant): FloatConstant {
  if (!(data instanceof Float32Array)) throw new Error(`${place(node)} has an integer kernel`);
  return { shape, data };
}

function place({ op, name }: GraphNode): string {
  return `${op} at ${name}`;
}

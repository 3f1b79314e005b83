import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { add, conv, describe, type FeatureMap, relu } from '../onnx/layers.ts';
import { type Pads, samePads } from '../onnx/layout.ts';
import type { Constant, GraphNode } from './graph-definition.ts';

/** What an operation reads: the graph that it adds to, and its inputs by position. */
export interface Operands {
  readonly graph: GraphBuilder;
  readonly features: (position: number) => FeatureMap;
  readonly constant: (position: number) => Constant;
}

type Operation = (node: GraphNode, operands: Operands) => FeatureMap;

/** Every tf.js operation that can be converted; all keep height, width and channels known. */
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

function fusedConv2d(node: GraphNode, { graph, features, constant }: Operands): FeatureMap {
  const fused = node.attributeStrings('fused_ops').join();
  if (fused !== 'BiasAdd' && fused !== 'BiasAdd,Relu') {
    throw new Error(`${place(node)} fuses ${fused}; supported are BiasAdd and BiasAdd,Relu`);
  }
  const hasRelu = fused.endsWith('Relu');
  const x = features(0);
  const kernel = floats(node, constant(1));
  const y = conv(graph, hasRelu ? `${node.name}/Conv` : node.name, x, kernel, {
    bias: floats(node, constant(2)).data,
    ...window(node, x, kernel.shape[0] as number, kernel.shape[1] as number),
  });
  return hasRelu ? relu(graph, node.name, y) : y;
}

/** tf.js's depthwise kernel [h, w, c, multiplier] is a convolution in c groups. */
function depthwiseConv2d(node: GraphNode, { graph, features, constant }: Operands): FeatureMap {
  const x = features(0);
  const { shape, data } = floats(node, constant(1));
  const [height, width, channels, multiplier] = shape as [number, number, number, number];
  const kernel = { shape: [height, width, 1, channels * multiplier], data };
  return conv(graph, node.name, x, kernel, { groups: channels, ...window(node, x, height, width) });
}

function maxPool(node: GraphNode, { graph, features }: Operands): FeatureMap {
  const x = features(0);
  const [, height, width] = node.attributeInts('ksize') as [number, number, number, number];
  const { stride, vertical, horizontal } = window(node, x, height, width);
  const value = graph.op('MaxPool', node.name, [x.value], {
    kernel_shape: [height, width],
    strides: [stride, stride],
    // ONNX pads a maximum with the lowest number, as TensorFlow does.
    pads: [vertical.begin, horizontal.begin, vertical.end, horizontal.end],
  });
  return {
    ...x,
    value,
    height: Math.floor((x.height + vertical.begin + vertical.end - height) / stride) + 1,
    width: Math.floor((x.width + horizontal.begin + horizontal.end - width) / stride) + 1,
  };
}

/** Zeros around the map: [[n, n], [h, h], [w, w], [c, c]], begin and end of each axis. */
function pad(node: GraphNode, { graph, features, constant }: Operands): FeatureMap {
  const x = features(0);
  const [n0, n1, h0, h1, w0, w1, c0, c1] = constant(1).data as unknown as Eight;
  const pads = graph.integers(`${node.name}/pads`, [n0, c0, h0, w0, n1, c1, h1, w1]);
  return {
    value: graph.op('Pad', node.name, [x.value, pads], { mode: 'constant' }),
    channels: x.channels + c0 + c1,
    height: x.height + h0 + h1,
    width: x.width + w0 + w1,
  };
}

type Eight = [number, number, number, number, number, number, number, number];

/**
 * [1, h, w, c] to [1, rows, columns], back in tf.js's order. The batch of 1 becomes free.
 * The result is a map of height `rows`, width `columns` and one channel, which has no channel axis
 * any more: only `Identity` and the graph's outputs may follow.
 */
function reshape(node: GraphNode, { graph, features, constant }: Operands): FeatureMap {
  const x = features(0);
  const shape = [...constant(1).data];
  const [batch, rows, columns] = shape;
  if (shape.length !== 3 || batch !== 1 || rows === undefined || columns === undefined) {
    throw new Error(
      `${place(node)} reshapes to [${shape.join()}]; supported is [1, rows, columns]`,
    );
  }
  if (rows * columns !== x.height * x.width * x.channels) {
    throw new Error(`${place(node)} cannot reshape ${describe(x)} to [${shape.join()}]`);
  }
  const nhwc = graph.op('Transpose', `${node.name}/nhwc`, [x.value], { perm: [0, 2, 3, 1] });
  // 0 keeps the input's batch.
  const dims = graph.integers(`${node.name}/shape`, [0, rows, columns]);
  const value = graph.op('Reshape', node.name, [nhwc, dims]);
  return { value, channels: 1, height: rows, width: columns };
}

/** Stride and padding of a convolution or a pooling. */
function window(
  node: GraphNode,
  x: FeatureMap,
  height: number,
  width: number,
): { readonly stride: number; readonly vertical: Pads; readonly horizontal: Pads } {
  const [, stride, strideX] = node.attributeInts('strides') as [number, number, number, number];
  if (stride !== strideX) {
    throw new Error(`${place(node)} has strides ${stride} and ${strideX}; they must be equal`);
  }
  if (node.attributeString('data_format') !== 'NHWC') {
    throw new Error(`${place(node)} is ${node.attributeString('data_format')}, expected NHWC`);
  }
  const padding = node.attributeString('padding');
  if (padding === 'SAME') {
    return {
      stride,
      vertical: samePads(x.height, height, stride),
      horizontal: samePads(x.width, width, stride),
    };
  }
  if (padding === 'VALID') {
    const none = { begin: 0, end: 0 };
    return { stride, vertical: none, horizontal: none };
  }
  throw new Error(`${place(node)} has padding ${padding}; supported are SAME and VALID`);
}

function floats(
  node: GraphNode,
  { shape, data }: Constant,
): { shape: readonly number[]; data: Float32Array } {
  if (!(data instanceof Float32Array)) throw new Error(`${place(node)} has an integer kernel`);
  return { shape, data };
}

function place({ op, name }: GraphNode): string {
  return `${op} at ${name}`;
}

import { featureOrder } from './constants.ts';
import type { Dim } from './dims.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import { mapDims, type TensorValue } from './tensor-value.ts';

/** The value with tf.js's order of axes in the graph too. */
export function toPlain(graph: GraphBuilder, x: TensorValue): TensorValue {
  if (x.layout === 'plain') return x;
  const { value, dims } = x;
  if (x.layout === 'channels-first') {
    const [, height, width, channels] = dims;
    const plain: TensorValue = { value, dims, layout: 'plain' };
    if (channels === 1 || (height === 1 && width === 1)) {
      return { ...plain, value: rearrange(graph, `${value}/nhwc`, value, dims) };
    }
    const perm = [0, 2, 3, 1];
    return { ...plain, value: transpose(graph, `${value}/nhwc`, value, perm) };
  }
  const order = featureOrder(x.layout);
  const name = `${value}/features`;
  const gathered = graph.once(name, () => {
    return graph.op('Gather', name, [value, graph.integers(`${name}/order`, order)], { axis: 1 });
  });
  return { value: gathered, dims, layout: 'plain' };
}

/** A map as NCHW. Throws for another number of axes than four. */
export function toChannelsFirst(graph: GraphBuilder, name: string, x: TensorValue): TensorValue {
  if (x.layout === 'channels-first') return x;
  const { value, dims } = x;
  const { batch, height, width, channels } = mapDims(name, x);
  const turned: TensorValue = { value, dims, layout: 'channels-first' };
  if (channels === 1 || (height === 1 && width === 1)) {
    const order = [batch, channels, height, width];
    return { ...turned, value: rearrange(graph, `${value}/nchw`, value, order) };
  }
  const perm = [0, 3, 1, 2];
  return { ...turned, value: transpose(graph, `${value}/nchw`, value, perm) };
}

/**
 * A reshape that moves no value in memory.
 *
 * @param dims the new dims in the order of the ONNX graph; the first is the batch
 */
export function rearrange(
  graph: GraphBuilder,
  name: string,
  value: Value,
  dims: readonly Dim[],
): Value {
  const free = dims.slice(1).filter((dim) => typeof dim !== 'number');
  if (free.length > 1) throw new Error(`${name}: cannot reshape to two axes of free size`);
  // 0 keeps the batch, -1 is the rest.
  const shape = dims.map((dim, axis) => {
    if (typeof dim === 'number') return dim;
    return axis === 0 ? 0 : -1;
  });
  return graph.once(name, () => {
    return graph.op('Reshape', name, [value, graph.integers(`${name}/shape`, shape)]);
  });
}

function transpose(
  graph: GraphBuilder,
  name: string,
  value: Value,
  perm: readonly number[],
): Value {
  return graph.once(name, () => graph.op('Transpose', name, [value], { perm }));
}

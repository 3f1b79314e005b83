import { addDims, type Dim, describeDims, productOf } from './dims.ts';
import { alignLayouts, equalizeDims } from './elementwise.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { rearrange, toPlain } from './layouts.ts';
import {
  equalCounts,
  type FlattenedMap,
  fixedSize,
  type Layout,
  onnxAxis,
  onnxOrder,
  permute,
  resolveAxis,
  type TensorValue,
} from './tensor-value.ts';

/** Tensors [n, ...] to [n, features]. A map keeps its order in memory, which its layout tells. */
export function flatten(graph: GraphBuilder, name: string, x: TensorValue): TensorValue {
  if (x.dims.length === 2) return x;
  const features = productOf(x.dims.slice(1));
  const dims = [x.dims[0] as Dim, fixedSize(name, features)];
  const value = graph.op('Flatten', name, [x.value]);
  if (x.layout !== 'channels-first') return { value, dims, layout: 'plain' };
  const [height, width, channels] = x.dims.slice(1) as [number, number, number];
  const isOrdered = channels === 1 || (height === 1 && width === 1);
  return { value, dims, layout: isOrdered ? 'plain' : [{ height, width, channels }] };
}

/**
 * A reshape that keeps the batch. It is free of transposes where the order in memory allows: in maps
 * whose channels stay, or that have one channel or one pixel.
 *
 * @param dims the new dims in tf.js's order, the batch first
 * @throws Error when they hold another number of values
 */
export function reshape(
  graph: GraphBuilder,
  name: string,
  x: TensorValue,
  dims: readonly Dim[],
): TensorValue {
  if (!equalCounts(x.dims, dims)) {
    throw new Error(`${name}: cannot reshape ${describeDims(x.dims)} to ${describeDims(dims)}`);
  }
  if (dims.length === 2 && x.dims.length !== 2) return flatten(graph, name, x);
  if (dims.length === 4 && keepsChannelsFirst(x, dims)) {
    const [batch, height, width, channels] = dims as [Dim, Dim, Dim, Dim];
    const value = rearrange(graph, name, x.value, [batch, channels, height, width]);
    return { value, dims, layout: 'channels-first' };
  }
  const plain = toPlain(graph, x);
  return { value: rearrange(graph, name, plain.value, dims), dims, layout: 'plain' };
}

/** Whether a value can become an NCHW map of these dims as it lies in memory. */
function keepsChannelsFirst({ layout, dims: from }: TensorValue, dims: readonly Dim[]): boolean {
  const [, height, width, channels] = dims;
  if (layout === 'channels-first') return from[3] === channels;
  if (layout === 'plain') return channels === 1 || (height === 1 && width === 1);
  return layout.length === 1 && layout[0]?.channels === channels;
}

/**
 * A tensor with its axes in another order: axis `i` of the result is axis `order[i]`. Where the values
 * lie in that order already, only the layout changes.
 */
export function permuteAxes(
  graph: GraphBuilder,
  name: string,
  input: TensorValue,
  order: readonly number[],
): TensorValue {
  const x = typeof input.layout === 'string' ? input : toPlain(graph, input);
  const dims = permute(x.dims, order);
  if (isIdentity(order)) return x;
  const isMap = dims.length === 4 && typeof dims[3] === 'number';
  const layouts = isMap ? (['plain', 'channels-first'] as const) : (['plain'] as const);
  const free = layouts.find((layout) => isIdentity(permutation(x, order, layout)));
  if (free !== undefined) return { value: x.value, dims, layout: free };
  const layout = isMap ? x.layout : 'plain';
  const perm = permutation(x, order, layout);
  return { value: graph.op('Transpose', name, [x.value], { perm }), dims, layout };
}

/** The axes of the ONNX graph that an order of tf.js's axes means for a result of some layout. */
function permutation(x: TensorValue, order: readonly number[], layout: Layout): number[] {
  return onnxOrder({ layout }, order).map((axis) => onnxAxis(x, axis));
}

function isIdentity(order: readonly number[]): boolean {
  return order.every((from, axis) => from === axis);
}

/** Tensors one after another along an axis of tf.js's order, -1 being the last. */
export function concat(
  graph: GraphBuilder,
  name: string,
  inputs: readonly TensorValue[],
  axis: number,
): TensorValue {
  const [first] = inputs;
  if (first === undefined) throw new Error(`${name}: joins no tensors`);
  const resolved = resolveAxis(name, first, axis);
  if (resolved === 1 && inputs.some(({ layout }) => typeof layout !== 'string')) {
    return concatFeatures(graph, name, inputs);
  }
  const aligned = alignLayouts(graph, name, inputs);
  const dims = aligned
    .map(({ dims: own }) => own)
    .reduce((a, b) =>
      a.map((dim, i) => {
        const other = b[i] as Dim;
        if (i === resolved) return addDims(dim, other);
        if (typeof dim === 'number' && typeof other === 'number' && dim !== other) {
          throw new Error(`${name}: cannot join ${describeDims(a)} and ${describeDims(b)}`);
        }
        return equalizeDims(graph, dim, other);
      }),
    );
  const [{ layout }] = aligned as [TensorValue];
  const values = aligned.map(({ value }) => value);
  const value = graph.op('Concat', name, values, {
    axis: onnxAxis({ ...first, layout }, resolved),
  });
  return { value, dims, layout };
}

/** Features [n, f] side by side, those of flattened maps in the maps' order. */
function concatFeatures(
  graph: GraphBuilder,
  name: string,
  inputs: readonly TensorValue[],
): TensorValue {
  const layout = inputs.flatMap(({ dims, layout: own }): readonly FlattenedMap[] => {
    if (typeof own !== 'string') return own;
    return [{ height: 1, width: 1, channels: fixedSize(name, dims[1]) }];
  });
  const count = inputs.map(({ dims }) => fixedSize(name, dims[1])).reduce((a, b) => a + b, 0);
  const values = inputs.map(({ value }) => value);
  const batch = inputs[0]?.dims[0] as Dim;
  return { value: graph.op('Concat', name, values, { axis: 1 }), dims: [batch, count], layout };
}

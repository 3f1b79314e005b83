import type { GraphBuilder } from './graph-builder.ts';
import { type FlattenedMap, type Layout, permute, type TensorValue } from './tensor-value.ts';

/** A constant in tf.js's order of axes. */
export interface FloatConstant {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * A constant beside a value: an initializer with its axes in the value's order.
 *
 * @param constant broadcasts against `x`; its missing axes are in front, as in numpy
 */
export function constantBeside(
  graph: GraphBuilder,
  name: string,
  x: TensorValue,
  { shape, data }: FloatConstant,
): TensorValue {
  const missing = Math.max(0, x.dims.length - shape.length);
  const dims = [...Array<number>(missing).fill(1), ...shape];
  const ordered = matchLayout(x, { shape: dims, data });
  const value = graph.initializer(name, ordered.shape, ordered.data);
  return { value, dims, layout: dims.length === x.dims.length ? x.layout : 'plain' };
}

/** A constant of as many axes as a value, with its values in the order of the value's. */
export function matchLayout({ dims, layout }: TensorValue, constant: FloatConstant): FloatConstant {
  const { shape, data } = constant;
  if (layout === 'plain' || shape.length !== dims.length) return constant;
  if (layout === 'channels-first') return transposeConstant(constant, [0, 3, 1, 2]);
  return shape[1] === 1 ? constant : { shape, data: reorderRows(data, layout) };
}

/**
 * A constant of rows, one for each feature in tf.js's order, with the rows in the order of the graph.
 *
 * @param width values of a row
 */
export function reorderRows(data: Float32Array, layout: Layout, width = 1): Float32Array {
  if (typeof layout === 'string') return data;
  const reordered = new Float32Array(data.length);
  let start = 0;
  for (const { height, width: columns, channels } of layout) {
    const rows = { shape: [height, columns, channels, width] };
    const end = start + height * columns * channels * width;
    const part = transposeConstant({ ...rows, data: data.subarray(start, end) }, [2, 0, 1, 3]);
    reordered.set(part.data, start);
    start = end;
  }
  return reordered;
}

/** Where in the graph's order each feature of tf.js's order lies. */
export function featureOrder(layout: readonly FlattenedMap[]): number[] {
  const count = layout.reduce(
    (sum, { height, width, channels }) => sum + height * width * channels,
    0,
  );
  const positions = reorderRows(
    Float32Array.from({ length: count }, (_, i) => i),
    layout,
  );
  const order = Array<number>(count);
  positions.forEach((feature, position) => {
    order[feature] = position;
  });
  return order;
}

/** A constant with its axes in another order: axis `i` of the result is axis `order[i]`. */
export function transposeConstant(
  { shape, data }: FloatConstant,
  order: readonly number[],
): FloatConstant {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const turnedShape = permute(shape, order);
  const turnedStrides = permute(strides, order);
  const turned = new Float32Array(data.length);
  const index = turnedShape.map(() => 0);
  let from = 0;
  for (let to = 0; to < turned.length; to++) {
    turned[to] = data[from] as number;
    for (let axis = index.length - 1; axis >= 0; axis--) {
      const stride = turnedStrides[axis] as number;
      from += stride;
      index[axis] = (index[axis] as number) + 1;
      if (index[axis] !== turnedShape[axis]) break;
      from -= stride * (index[axis] as number);
      index[axis] = 0;
    }
  }
  return { shape: turnedShape, data: turned };
}

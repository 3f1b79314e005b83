import { constantBeside, type FloatConstant } from './constants.ts';
import { type Dim, describeDims, equalDims, isExact } from './dims.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { toChannelsFirst, toPlain } from './layouts.ts';
import { sameLayout, type TensorValue } from './tensor-value.ts';

/** ONNX operations of two values that broadcast. */
export type BinaryOp = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Max' | 'Min' | 'Pow';

/**
 * An operation of two values of equally many axes, or of which one is a scalar; axes of size 1
 * broadcast.
 *
 * @throws Error when their dims cannot be brought together
 */
export function binary(
  graph: GraphBuilder,
  op: BinaryOp,
  name: string,
  a: TensorValue,
  b: TensorValue,
): TensorValue {
  if (a.dims.length === 0 || b.dims.length === 0) {
    const { dims, layout } = a.dims.length === 0 ? b : a;
    return { value: graph.op(op, name, [a.value, b.value]), dims, layout };
  }
  const [x, y] = alignLayouts(graph, name, [a, b]) as [TensorValue, TensorValue];
  const dims = mergeDims(graph, name, x.dims, y.dims);
  return { value: graph.op(op, name, [x.value, y.value]), dims, layout: x.layout };
}

export function add(
  graph: GraphBuilder,
  name: string,
  a: TensorValue,
  b: TensorValue,
): TensorValue {
  return binary(graph, 'Add', name, a, b);
}

/** An operation with a constant that broadcasts to the value: of fewer axes, or with sizes of 1. */
export function withConstant(
  graph: GraphBuilder,
  op: BinaryOp,
  name: string,
  x: TensorValue,
  constant: FloatConstant,
  initializer = `${name}/constant`,
): TensorValue {
  const { value, dims } = constantBeside(graph, initializer, x, constant);
  const merged = mergeDims(graph, name, x.dims, dims);
  return { ...x, value: graph.op(op, name, [x.value, value]), dims: merged };
}

/** The op over a list, from the first on; inner results are named after the operation. */
export function reduceBinary(
  graph: GraphBuilder,
  op: BinaryOp,
  name: string,
  values: readonly TensorValue[],
): TensorValue {
  const [first, ...others] = values;
  if (first === undefined || others.length === 0) {
    throw new Error(`${name}: ${op} needs two values or more, got ${values.length}`);
  }
  return others.reduce((result, value, i) => {
    const isLast = i === others.length - 1;
    return binary(graph, op, isLast ? name : `${name}/${op.toLowerCase()}${i + 1}`, result, value);
  }, first);
}

/** (first + ... + last) / count */
export function average(
  graph: GraphBuilder,
  name: string,
  values: readonly TensorValue[],
): TensorValue {
  const sum = reduceBinary(graph, 'Add', `${name}/sum`, values);
  const share = { shape: [], data: Float32Array.of(1 / values.length) };
  return withConstant(graph, 'Mul', name, sum, share, `${name}/share`);
}

/** The values in one common layout; maps become NCHW where one of them is. */
export function alignLayouts(
  graph: GraphBuilder,
  name: string,
  values: readonly TensorValue[],
): TensorValue[] {
  const [first] = values;
  const ranks = new Set(values.map(({ dims }) => dims.length));
  if (first === undefined || ranks.size !== 1) {
    const list = values.map(({ dims }) => describeDims(dims)).join(', ');
    throw new Error(`${name}: joins tensors with different numbers of axes: ${list}`);
  }
  if (values.every((value) => sameLayout(value, first))) return [...values];
  if (values.some(({ layout }) => layout === 'channels-first')) {
    return values.map((value) => toChannelsFirst(graph, name, value));
  }
  return values.map((value) => toPlain(graph, value));
}

/**
 * The dims of a broadcast. Where two free sizes must be equal, the input has to be a multiple of what
 * makes them so.
 */
export function mergeDims(
  graph: GraphBuilder,
  name: string,
  a: readonly Dim[],
  b: readonly Dim[],
): Dim[] {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const missing = long.length - short.length;
  return long.map((x, axis) => {
    const y = short[axis - missing];
    if (y === undefined || y === 1) return x;
    if (x === 1) return y;
    if (typeof x === 'number' && typeof y === 'number' && x !== y) {
      throw new Error(`${name}: cannot join ${describeDims(a)} and ${describeDims(b)}`);
    }
    return equalizeDims(graph, x, y);
  });
}

/** The better known of two dims that must be equal. */
export function equalizeDims(graph: GraphBuilder, x: Dim, y: Dim): Dim {
  if (typeof x === 'number') return x;
  if (typeof y === 'number') return y;
  if (equalDims(x, y) && x.expression !== y.expression) {
    for (const dim of [x, y]) {
      if (!isExact(dim)) graph.requireMultiple(dim.symbol, dim.multiple);
    }
  }
  return x.multiple <= y.multiple ? x : y;
}

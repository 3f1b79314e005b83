import type { GraphBuilder } from './graph-builder.ts';
import { toPlain } from './layouts.ts';
import { globalPool } from './pools.ts';
import { onnxAxis, resolveAxis, type TensorValue } from './tensor-value.ts';

export type Reduction = 'mean' | 'sum' | 'max' | 'min';

const OP_TYPES: Readonly<Record<Reduction, string>> = {
  mean: 'ReduceMean',
  sum: 'ReduceSum',
  max: 'ReduceMax',
  min: 'ReduceMin',
};

/**
 * The mean, sum, maximum or minimum over axes of tf.js's order.
 *
 * @param keepDims leaves an axis of size 1 for each
 */
export function reduce(
  graph: GraphBuilder,
  kind: Reduction,
  name: string,
  input: TensorValue,
  axes: readonly number[],
  keepDims: boolean,
): TensorValue {
  const resolved = axes.map((axis) => resolveAxis(name, input, axis)).sort((a, b) => a - b);
  if (resolved.length === 0) return { ...input, value: graph.op('Identity', name, [input.value]) };
  const isPool = input.layout === 'channels-first' && resolved.join() === '1,2';
  if (isPool && (kind === 'mean' || kind === 'max')) {
    return globalPool(graph, kind === 'mean' ? 'average' : 'max', name, input, keepDims);
  }
  const x = keepsOrder(input, resolved, keepDims) ? input : toPlain(graph, input);
  const onnxAxes = resolved.map((axis) => onnxAxis(x, axis)).sort((a, b) => a - b);
  const value = addReduction(graph, kind, name, x, onnxAxes, keepDims);
  const isReduced = (axis: number): boolean => resolved.includes(axis);
  return keepDims
    ? { value, dims: x.dims.map((dim, axis) => (isReduced(axis) ? 1 : dim)), layout: x.layout }
    : { value, dims: x.dims.filter((_, axis) => !isReduced(axis)), layout: 'plain' };
}

/** From opset 13 on, only the sum takes its axes as an input. */
function addReduction(
  graph: GraphBuilder,
  kind: Reduction,
  name: string,
  { value }: TensorValue,
  axes: readonly number[],
  keepDims: boolean,
): string {
  const keepdims = keepDims ? 1 : 0;
  return kind === 'sum'
    ? graph.op('ReduceSum', name, [value, graph.integers(`${name}/axes`, axes)], { keepdims })
    : graph.op(OP_TYPES[kind], name, [value], { axes, keepdims });
}

/** Whether the axes that are left lie in tf.js's order already. */
export function keepsOrder(x: TensorValue, axes: readonly number[], keepDims = false): boolean {
  if (typeof x.layout !== 'string') return false;
  if (x.layout === 'plain' || keepDims) return true;
  const left = x.dims.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const places = left.map((axis) => onnxAxis(x, axis));
  return places.every((place, i) => i === 0 || place > (places[i - 1] as number));
}

import { describeDims } from './dims.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { toPlain } from './layouts.ts';
import { keepsOrder } from './reductions.ts';
import { onnxAxis, resolveAxis, type TensorValue } from './tensor-value.ts';

/**
 * A tensor without some axes of size 1.
 *
 * @param axes of tf.js's order; all of size 1 where there are none
 * @throws Error when one of them has another size
 */
export function squeeze(
  graph: GraphBuilder,
  name: string,
  input: TensorValue,
  axes: readonly number[],
): TensorValue {
  const removed =
    axes.length === 0
      ? input.dims.flatMap((dim, axis) => (dim === 1 ? [axis] : []))
      : axes.map((axis) => resolveAxis(name, input, axis));
  const wrong = removed.find((axis) => input.dims[axis] !== 1);
  if (wrong !== undefined) {
    throw new Error(`${name}: axis ${wrong} of ${describeDims(input.dims)} is not of size 1`);
  }
  const x = keepsOrder(input, removed) ? input : toPlain(graph, input);
  const places = removed.map((axis) => onnxAxis(x, axis)).sort((a, b) => a - b);
  return {
    value: graph.op('Squeeze', name, [x.value, graph.integers(`${name}/axes`, places)]),
    dims: x.dims.filter((_, axis) => !removed.includes(axis)),
    layout: 'plain',
  };
}

/** A tensor with one more axis of size 1 in front of `axis`; -1 is behind the last. */
export function expandDims(
  graph: GraphBuilder,
  name: string,
  input: TensorValue,
  axis: number,
): TensorValue {
  const x = toPlain(graph, input);
  const place = axis < 0 ? axis + x.dims.length + 1 : axis;
  if (place < 0 || place > x.dims.length) {
    throw new Error(`${name}: ${describeDims(x.dims)} can have no new axis ${axis}`);
  }
  return {
    value: graph.op('Unsqueeze', name, [x.value, graph.integers(`${name}/axes`, [place])]),
    dims: [...x.dims.slice(0, place), 1, ...x.dims.slice(place)],
    layout: 'plain',
  };
}

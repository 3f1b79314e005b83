import { addToDim, type Dim } from './dims.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { toPlain } from './layouts.ts';
import { onnxAxis, onnxOrder, type TensorValue } from './tensor-value.ts';
import type { Pads } from './windows.ts';

/** Padding and cutting. */

const NO_PADS: Pads = { begin: 0, end: 0 };

/**
 * A tensor with values added around it.
 *
 * @param pads of each axis in tf.js's order
 * @param fill the added value
 */
export function pad(
  graph: GraphBuilder,
  name: string,
  input: TensorValue,
  pads: readonly Pads[],
  fill = 0,
): TensorValue {
  const x = typeof input.layout === 'string' ? input : toPlain(graph, input);
  const ordered = onnxOrder(x, pads);
  const amounts = [...ordered.map(({ begin }) => begin), ...ordered.map(({ end }) => end)];
  const inputs = [x.value, graph.integers(`${name}/pads`, amounts)];
  if (fill !== 0) inputs.push(graph.scalar(`${name}/fill`, fill));
  return {
    ...x,
    value: graph.op('Pad', name, inputs, { mode: 'constant' }),
    dims: x.dims.map((dim, axis) => {
      const { begin, end } = pads[axis] ?? NO_PADS;
      return addToDim(dim, begin + end);
    }),
  };
}

/** A map with rows and columns of zeros around it. */
export function zeroPad(
  graph: GraphBuilder,
  name: string,
  x: TensorValue,
  vertical: Pads,
  horizontal: Pads,
): TensorValue {
  return pad(graph, name, x, [NO_PADS, vertical, horizontal, NO_PADS]);
}

/** A part of an axis of tf.js's order. */
export interface AxisRange {
  readonly axis: number;
  /** The first kept index. */
  readonly begin: number;
  /** Behind the last kept index; counted from the end where negative, undefined for all. */
  readonly end: number | undefined;
}

/** A tensor cut to parts of its axes. */
export function slice(
  graph: GraphBuilder,
  name: string,
  input: TensorValue,
  ranges: readonly AxisRange[],
): TensorValue {
  const x = typeof input.layout === 'string' ? input : toPlain(graph, input);
  const dims = [...x.dims];
  for (const range of ranges) dims[range.axis] = cutDim(name, dims[range.axis] as Dim, range);
  const ends = ranges.map(({ end }) => end ?? TO_THE_END);
  const value = graph.op('Slice', name, [
    x.value,
    graph.integers(
      `${name}/begins`,
      ranges.map(({ begin }) => begin),
    ),
    graph.integers(`${name}/ends`, ends),
    graph.integers(
      `${name}/axes`,
      ranges.map(({ axis }) => onnxAxis(x, axis)),
    ),
  ]);
  return { ...x, value, dims };
}

/** More than any axis has; ONNX clamps it. */
const TO_THE_END = 2 ** 31 - 1;

/** A map without its outer rows and columns. */
export function crop(
  graph: GraphBuilder,
  name: string,
  x: TensorValue,
  vertical: Pads,
  horizontal: Pads,
): TensorValue {
  const ranges = [vertical, horizontal].map(({ begin, end }, i) => ({
    axis: i + 1,
    begin,
    end: end === 0 ? undefined : -end,
  }));
  return slice(graph, name, x, ranges);
}

function cutDim(name: string, dim: Dim, { axis, begin, end }: AxisRange): Dim {
  if (end !== undefined && end >= 0) return end - begin;
  const rest = addToDim(dim, (end ?? 0) - begin);
  if (typeof rest === 'number' && rest < 1) {
    throw new Error(`${name}: cuts all of axis ${axis}, which has ${dim as number} values`);
  }
  return rest;
}

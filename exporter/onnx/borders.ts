import { addToDim, type Dim, describeDim, divideDim } from './dims.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { toPlain } from './layouts.ts';
import { onnxAxis, onnxOrder, type TensorValue } from './tensor-value.ts';
import type { Pads } from './windows.ts';

/** Padding and cutting. */

const NO_PADS: Pads = { begin: 0, end: 0 };

export interface PadOptions {
  /** The added value where `mode` is `constant`. */
  readonly fill?: number;
  /** `reflect` mirrors what lies behind the border, `edge` repeats the border itself. */
  readonly mode?: 'constant' | 'reflect' | 'edge';
}

/**
 * A tensor with values added around it.
 *
 * @param pads of each axis in tf.js's order
 */
export function pad(
  graph: GraphBuilder,
  name: string,
  input: TensorValue,
  pads: readonly Pads[],
  { fill = 0, mode = 'constant' }: PadOptions = {},
): TensorValue {
  const x = typeof input.layout === 'string' ? input : toPlain(graph, input);
  const ordered = onnxOrder(x, pads);
  const amounts = [...ordered.map(({ begin }) => begin), ...ordered.map(({ end }) => end)];
  const inputs = [x.value, graph.integers(`${name}/pads`, amounts)];
  if (fill !== 0) inputs.push(graph.scalar(`${name}/fill`, fill));
  return {
    ...x,
    value: graph.op('Pad', name, inputs, { mode }),
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
  /** The first kept index; counted from the end where negative. */
  readonly begin: number;
  /** Behind the last kept index; counted from the end where negative, undefined for all. */
  readonly end: number | undefined;
  /** Keeps one of so many. */
  readonly step?: number;
}

/** A tensor cut to parts of its axes. Throws when nothing is left, or a step is not positive. */
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
  const steps = ranges.map(({ step = 1 }) => step);
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
    ...(steps.some((step) => step !== 1) ? [graph.integers(`${name}/steps`, steps)] : []),
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

function cutDim(name: string, dim: Dim, { axis, begin, end, step = 1 }: AxisRange): Dim {
  if (!(step >= 1)) throw new Error(`${name}: has step ${step}, expected 1 or more`);
  const rest = divideDim(rangeLength(name, dim, begin, end), step);
  if (typeof rest === 'number' && rest < 1) {
    throw new Error(`${name}: keeps nothing of axis ${axis}, which is ${describeDim(dim)} long`);
  }
  return rest;
}

/** A free axis is taken to be as long as the range needs. */
function rangeLength(name: string, dim: Dim, begin: number, end: number | undefined): Dim {
  if (typeof dim === 'number') {
    const from = (index: number): number =>
      Math.min(dim, Math.max(0, index < 0 ? index + dim : index));
    return from(end ?? dim) - from(begin);
  }
  if (begin >= 0 && (end === undefined || end < 0)) return addToDim(dim, (end ?? 0) - begin);
  if (begin < 0 && end !== undefined && end >= 0) {
    throw new Error(`${name}: cannot count from both ends of an axis of free size`);
  }
  return (end ?? 0) - begin;
}

import { type Dim, describeDims, equalDims, productOf } from './dims.ts';
import type { Value } from './graph-builder.ts';

/**
 * How a value lies in the ONNX graph:
 * - `plain`: with the axes in tf.js's order;
 * - `channels-first`: a map of four axes as NCHW;
 * - a list of flattened maps: features [n, f] that were NCHW maps, so that each map's values lie in
 *   the order c, h, w where tf.js has h, w, c.
 */
export type Layout = 'plain' | 'channels-first' | readonly FlattenedMap[];

/** A part of a row of features; those that never were a map have one pixel. */
export interface FlattenedMap {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A value of the graph. */
export interface TensorValue {
  readonly value: Value;
  /** In tf.js's order: batch first, channels last. */
  readonly dims: readonly Dim[];
  readonly layout: Layout;
}

/** A map [n, h, w, c]. */
export interface MapDims {
  readonly batch: Dim;
  readonly height: Dim;
  readonly width: Dim;
  readonly channels: number;
}

/** The dims of a map; throws unless there are four and the channels are known. */
export function mapDims(name: string, { dims }: TensorValue): MapDims {
  const [batch, height, width, channels] = dims;
  if (
    dims.length !== 4 ||
    batch === undefined ||
    height === undefined ||
    width === undefined ||
    typeof channels !== 'number'
  ) {
    throw new Error(
      `${name}: got a tensor ${describeDims(dims)}, expected a map [n, h, w, c] of known channels`,
    );
  }
  return { batch, height, width, channels };
}

/** A size that has to be known when the graph is built. */
export function fixedSize(name: string, dim: Dim | undefined): number {
  if (typeof dim === 'number') return dim;
  throw new Error(`${name}: needs an axis of fixed size, the model leaves it free`);
}

/** An axis counted from the end where it is negative; throws when there is no such axis. */
export function resolveAxis(name: string, { dims }: TensorValue, axis: number): number {
  const resolved = axis < 0 ? axis + dims.length : axis;
  if (!Number.isInteger(resolved) || resolved < 0 || resolved >= dims.length) {
    throw new Error(`${name}: ${describeDims(dims)} has no axis ${axis}`);
  }
  return resolved;
}

/** Where an axis of tf.js's order lies in the ONNX graph. */
export function onnxAxis({ layout }: TensorValue, axis: number): number {
  return layout === 'channels-first' ? ([0, 2, 3, 1][axis] as number) : axis;
}

/** Per-axis items of tf.js's order in the order of the ONNX graph. */
export function onnxOrder<T>({ layout }: Pick<TensorValue, 'layout'>, items: readonly T[]): T[] {
  return layout === 'channels-first' ? permute(items, [0, 3, 1, 2]) : [...items];
}

export function permute<T>(items: readonly T[], order: readonly number[]): T[] {
  return order.map((from) => items[from] as T);
}

export function sameLayout(a: TensorValue, b: TensorValue): boolean {
  return JSON.stringify(a.layout) === JSON.stringify(b.layout);
}

/** Whether two lists of dims describe equally many values, as far as that is known. */
export function equalCounts(a: readonly Dim[], b: readonly Dim[]): boolean {
  const [first, second] = [productOf(a.slice(1)), productOf(b.slice(1))];
  return first === undefined || second === undefined || equalDims(first, second);
}

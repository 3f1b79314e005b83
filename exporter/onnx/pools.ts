import type { GraphBuilder } from './graph-builder.ts';
import { toChannelsFirst } from './layouts.ts';
import { mapDims, type TensorValue } from './tensor-value.ts';
import { placeWindow, type Window } from './windows.ts';

export type PoolKind = 'average' | 'max';

/** The mean or maximum of each window; padding counts for neither, as in TensorFlow. */
export function pool(
  graph: GraphBuilder,
  kind: PoolKind,
  name: string,
  input: TensorValue,
  window: Window,
): TensorValue {
  const x = toChannelsFirst(graph, name, input);
  const { batch, height, width, channels } = mapDims(name, x);
  const placed = placeWindow(height, width, window);
  const attributes =
    kind === 'average' ? { ...placed.attributes, count_include_pad: 0 } : placed.attributes;
  return {
    value: graph.op(kind === 'average' ? 'AveragePool' : 'MaxPool', name, [x.value], attributes),
    dims: [batch, placed.height, placed.width, channels],
    layout: 'channels-first',
  };
}

/** The mean or maximum of each channel: [n, c], or [n, 1, 1, c] with `keepDims`. */
export function globalPool(
  graph: GraphBuilder,
  kind: PoolKind,
  name: string,
  input: TensorValue,
  keepDims = false,
): TensorValue {
  const x = toChannelsFirst(graph, name, input);
  const { batch, channels } = mapDims(name, x);
  const opType = kind === 'average' ? 'GlobalAveragePool' : 'GlobalMaxPool';
  const pooled = graph.op(opType, keepDims ? name : `${name}/pool`, [x.value]);
  return keepDims
    ? { value: pooled, dims: [batch, 1, 1, channels], layout: 'channels-first' }
    : { value: graph.op('Flatten', name, [pooled]), dims: [batch, channels], layout: 'plain' };
}

import { type Dim, freeDim } from './dims.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import type { TensorValue } from './tensor-value.ts';

/** What a network takes for black and white: grey levels 0 to 255 are scaled to it. */
export type ImageRange = '0..1' | '-1..1' | '0..255';

/** TensorProto.DataType */
const UINT8 = 2;
const FLOAT = 1;

/**
 * A uint8 image [n, h, w, c] as NCHW in the network's range: x / 127.5 - 1 for [-1, 1], which our own
 * networks take.
 */
export function imageToFeatures(
  graph: GraphBuilder,
  image: Value,
  [height, width, channels]: readonly [height: Dim, width: Dim, channels: number],
  range: ImageRange,
): TensorValue & { /** float32 NHWC, grey levels 0 to 255. */ readonly levels: Value } {
  const levels = graph.op('Cast', `${image}/levels`, [image], { to: FLOAT });
  const planes = graph.op('Transpose', `${image}/planes`, [levels], { perm: [0, 3, 1, 2] });
  const value = scaleLevels(graph, image, planes, range);
  const dims = [freeDim('n'), height, width, channels];
  return { value, dims, layout: 'channels-first', levels };
}

function scaleLevels(graph: GraphBuilder, image: Value, planes: Value, range: ImageRange): Value {
  if (range === '0..255') return planes;
  if (range === '0..1') {
    return graph.op('Div', `${image}/scaled`, [planes, graph.scalar(`${image}/range`, 255)]);
  }
  const half = graph.scalar(`${image}/half-range`, 127.5);
  const scaled = graph.op('Div', `${image}/scaled`, [planes, half]);
  return graph.op('Sub', `${image}/centred`, [scaled, graph.scalar(`${image}/one`, 1)]);
}

/** Values of a network's range as grey levels 0 to 255, not rounded yet. */
export function featuresToLevels(
  graph: GraphBuilder,
  name: string,
  x: Value,
  range: ImageRange,
): Value {
  if (range === '0..255') return x;
  if (range === '0..1') {
    return graph.op('Mul', `${name}/levels`, [x, graph.scalar(`${name}/range`, 255)]);
  }
  const shifted = graph.op('Add', `${name}/shifted`, [x, graph.scalar(`${name}/one`, 1)]);
  return graph.op('Mul', `${name}/levels`, [shifted, graph.scalar(`${name}/half-range`, 127.5)]);
}

/** Grey levels, rounded half to even and clipped, as uint8. */
export function levelsToImage(graph: GraphBuilder, name: string, levels: Value): Value {
  const rounded = graph.op('Round', `${name}/rounded`, [levels]);
  const limits = [graph.scalar(`${name}/black`, 0), graph.scalar(`${name}/white`, 255)];
  const clipped = graph.op('Clip', `${name}/clipped`, [rounded, ...limits]);
  return graph.op('Cast', name, [clipped], { to: UINT8 });
}

import { type Dim, freeDim } from './dims.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import type { TensorValue } from './tensor-value.ts';

/** Cast of a uint8 image [n, h, w, 3] to NCHW in [-1, 1]: x / 127.5 - 1, which our networks take. */
export function imageToFeatures(
  graph: GraphBuilder,
  image: Value,
  height: Dim,
  width: Dim,
): TensorValue & { /** float32 NHWC, grey levels 0 to 255. */ readonly levels: Value } {
  const levels = graph.op('Cast', `${image}/levels`, [image], { to: 1 });
  const planes = graph.op('Transpose', `${image}/planes`, [levels], { perm: [0, 3, 1, 2] });
  const half = graph.scalar(`${image}/half-range`, 127.5);
  const scaled = graph.op('Div', `${image}/scaled`, [planes, half]);
  const value = graph.op('Sub', `${image}/centred`, [scaled, graph.scalar(`${image}/one`, 1)]);
  const dims = [freeDim('n'), height, width, 3];
  return { value, dims, layout: 'channels-first', levels };
}

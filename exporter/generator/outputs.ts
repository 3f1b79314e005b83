import { RESULT } from '../../models/contract/tensor.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';

/** Every family halves twice: height and width of an input are multiples of this. */
export const SIZE_MULTIPLE = 4;

/** Dims of every picture at the border of a generator's graph. */
export const IMAGE_DIMS = ['n', 'h', 'w', 3] as const;

/** Adds `result`: grey levels, float32 NHWC, rounded half to even and clipped to uint8. */
export function addResult(graph: GraphBuilder, levels: Value): void {
  const rounded = graph.op('Round', 'result/rounded', [levels]);
  const limits = [graph.scalar('result/black', 0), graph.scalar('result/white', 255)];
  const clipped = graph.op('Clip', 'result/clipped', [rounded, ...limits]);
  graph.op('Cast', RESULT, [clipped], { to: 2 });
}

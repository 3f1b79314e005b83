import type { NodeProto } from '../../onnx/messages.ts';
import { inputOf, type ModelGraph, outputOf } from './model-graph.ts';

/** Operators with weights: what comes after the last of them is an output's own arithmetic. */
const WEIGHTED = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'];
/** A convolution of a picture has this many input channels at most. */
const PICTURE_CHANNELS = 4;

/**
 * The convolutions that compute with integers. Left in float are those of the picture, which cost
 * little and whose input would lose half a grey level; the last ones before an output, so that
 * smooth areas get no contours; and those in groups, whose channels share one scale though each is
 * of a size of its own, and which integers make no faster. Transposed
 * ones stay in float as well: ONNX Runtime has no integer kernel for them.
 */
export function quantizableConvolutions(graph: ModelGraph): NodeProto[] {
  return graph.model.nodes.filter(
    (node) =>
      node.opType === 'Conv' &&
      hasConstantWeights(graph, node) &&
      (node.attributes['group'] ?? 1) === 1 &&
      inputChannels(graph, node) > PICTURE_CHANNELS &&
      leadsToWeights(graph, outputOf(node)),
  );
}

function hasConstantWeights(graph: ModelGraph, node: NodeProto): boolean {
  return node.inputs.slice(1).every((value) => graph.constant(value)?.type === 'float32');
}

function inputChannels(graph: ModelGraph, node: NodeProto): number {
  return graph.floats(inputOf(node, 1)).dims[1] ?? 0;
}

/** Whether some operator with weights works on what becomes of a value. */
function leadsToWeights(graph: ModelGraph, value: string): boolean {
  const seen = new Set<string>();
  const waiting = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const node of graph.consumers(next)) {
      if (WEIGHTED.includes(node.opType)) return true;
      waiting.push(...node.outputs);
    }
  }
  return false;
}

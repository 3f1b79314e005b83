import { createHash } from 'node:crypto';
import type { GraphParts } from './graph-builder.ts';
import type { TensorProto } from './messages.ts';

/** Constants of fewer values are not worth another layer's name. */
const MIN_VALUES = 16;

/** Keeps one of equal constants, so that a layer that is used several times stores its weights once. */
export function mergeConstants({
  initializers,
  nodes,
}: GraphParts): Pick<GraphParts, 'initializers' | 'nodes'> {
  const kept = new Map<string, TensorProto>();
  const names = new Map<string, string>();
  for (const tensor of initializers) {
    const key = isMergeable(tensor) ? contentKey(tensor) : tensor.name;
    const first = kept.get(key) ?? tensor;
    kept.set(key, first);
    names.set(tensor.name, first.name);
  }
  return {
    initializers: [...kept.values()],
    nodes: nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((input) => names.get(input) ?? input),
    })),
  };
}

/** Whether it is large, and not one value repeated, as biases are before training. */
function isMergeable({ type, data }: TensorProto): boolean {
  if (type !== 'float32' || data.length < MIN_VALUES) return false;
  return data.some((value) => value !== data[0]);
}

function contentKey({ dims, data: { buffer, byteOffset, byteLength } }: TensorProto): string {
  const hash = createHash('sha256').update(new Uint8Array(buffer, byteOffset, byteLength));
  return `[${dims.join()}] ${hash.digest('hex')}`;
}

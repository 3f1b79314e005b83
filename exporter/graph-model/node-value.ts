import type { Dim } from '../onnx/dims.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import type { WeightTensor } from '../tfjs-model/weights.ts';

/** Whole numbers that follow from the sizes of tensors, some of them free: a vector or one number. */
export interface SizeVector {
  readonly items: readonly Dim[];
  readonly isScalar: boolean;
}

/** What is known of a node's result while the graph is converted. */
export type NodeValue =
  | { readonly kind: 'tensor'; readonly tensor: TensorValue }
  | { readonly kind: 'constant'; readonly constant: WeightTensor }
  | { readonly kind: 'sizes'; readonly sizes: SizeVector };

export function tensorResult(tensor: TensorValue): NodeValue {
  return { kind: 'tensor', tensor };
}

/** Sizes, as a constant where none of them is free. */
export function sizesResult(items: readonly Dim[], isScalar = false): NodeValue {
  if (items.every((item) => typeof item === 'number')) {
    const shape = isScalar ? [] : [items.length];
    return { kind: 'constant', constant: { type: 'int32', shape, data: Int32Array.from(items) } };
  }
  return { kind: 'sizes', sizes: { items, isScalar } };
}

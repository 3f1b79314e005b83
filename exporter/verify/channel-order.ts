import type { ModelRunner, Tensor, TensorMap } from '../../models/contract/tensor.ts';

/** On which side of a model red and blue change places. */
export interface SwappedSides {
  readonly inputs: boolean;
  readonly outputs: boolean;
}

export const CHANNEL_SWAPS: readonly SwappedSides[] = [
  { inputs: true, outputs: true },
  { inputs: true, outputs: false },
  { inputs: false, outputs: true },
];

/** The model as one that takes or gives BGR instead of RGB. Tensors of other than three channels stay. */
export function withSwappedChannels(runner: ModelRunner, sides: SwappedSides): ModelRunner {
  return {
    run: async (feeds) => {
      const outputs = await runner.run(sides.inputs ? swapAll(feeds) : feeds);
      return sides.outputs ? swapAll(outputs) : outputs;
    },
  };
}

function swapAll(tensors: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      tensor.dims.at(-1) === 3 ? swapChannels(tensor) : tensor,
    ]),
  );
}

function swapChannels(tensor: Tensor): Tensor {
  const { data } = tensor;
  const opposite = (_: unknown, i: number): number => data[i - (i % 3) + 2 - (i % 3)] ?? 0;
  if (tensor.type === 'uint8') return { ...tensor, data: Uint8Array.from(tensor.data, opposite) };
  return { ...tensor, data: Float32Array.from(tensor.data, opposite) };
}

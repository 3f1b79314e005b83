import type { Dim } from './dims.ts';
import { freeDim } from './dims.ts';
import type { GraphBuilder } from './graph-builder.ts';
import type { TensorValue } from './tensor-value.ts';

/** An input of a network that is converted. */
export interface NetworkInput {
  readonly name: string;
  /** In tf.js's order. */
  readonly dims: readonly Dim[];
}

/** A tf.js model of either format, ready to be added to a graph. */
export interface Network {
  readonly name: string;
  readonly inputs: readonly NetworkInput[];
  readonly outputNames: readonly string[];
  /** Adds the nodes; takes and gives values in the order of inputs and outputs. */
  readonly addTo: (graph: GraphBuilder, inputs: readonly TensorValue[]) => readonly TensorValue[];
}

/** Height and width for which the operations of a model with free sizes are counted. */
export const NOMINAL_SIZE = 224;

/**
 * An input with the sizes free that are undefined. They are named n, h and w; those of further inputs,
 * but for the batch, are numbered.
 *
 * @param index of the input
 */
export function networkInput(
  name: string,
  index: number,
  sizes: readonly (number | undefined)[],
): NetworkInput {
  const axes = sizes.length === 4 ? ['n', 'h', 'w', 'c'] : ['n'];
  const dims = sizes.map((size, axis) => {
    if (size !== undefined) return size;
    const symbol = axes[axis] ?? `d${axis}`;
    const numbered = axis === 0 || index === 0 ? symbol : `${symbol}_${index + 1}`;
    return freeDim(numbered, axis === 0 ? 1 : NOMINAL_SIZE);
  });
  return { name, dims };
}

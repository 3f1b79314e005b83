import { type Dim, freeDim } from '../onnx/dims.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import { convertGraphModel } from './convert.ts';
import type { GraphDefinition, GraphInput } from './graph-definition.ts';

/** An input of the network that is converted. */
export interface NetworkInput {
  readonly name: string;
  /** In tf.js's order. */
  readonly dims: readonly Dim[];
}

/**
 * The inputs of a graph model, with the sizes free that it leaves free. A batch of 1, as models for
 * single pictures have, becomes free too where the graph allows it.
 *
 * @throws InvalidModelError as `convertGraphModel` does
 */
export function networkInputs(definition: GraphDefinition): readonly NetworkInput[] {
  const stated = definition.inputs.map((input, i) => inputDims(input, i, input.sizes));
  if (definition.inputs.every(({ sizes }) => sizes[0] !== 1)) return stated;
  const freed = definition.inputs.map((input, i) => {
    const [batch, ...rest] = input.sizes;
    return inputDims(input, i, [batch === 1 ? undefined : batch, ...rest]);
  });
  try {
    convertAlone(definition, freed);
    return freed;
  } catch (error) {
    if (error instanceof InvalidModelError) return stated;
    throw error;
  }
}

function convertAlone(definition: GraphDefinition, inputs: readonly NetworkInput[]): void {
  const graph = new GraphBuilder();
  const values = inputs.map(({ name, dims }): [string, TensorValue] => {
    const sizes = dims.map((dim) => (typeof dim === 'number' ? dim : dim.symbol));
    return [name, { value: graph.input(name, 'float32', sizes), dims, layout: 'plain' }];
  });
  convertGraphModel(graph, definition, new Map(values));
}

/** Free sizes are named n, h and w; those of further inputs but for the batch are numbered. */
function inputDims(
  { name }: GraphInput,
  index: number,
  sizes: readonly (number | undefined)[],
): NetworkInput {
  const axes = sizes.length === 4 ? ['n', 'h', 'w', 'c'] : ['n', 'd1', 'd2', 'd3', 'd4'];
  const dims = sizes.map((size, axis) => {
    if (size !== undefined) return size;
    const symbol = axes[axis] ?? `d${axis}`;
    return freeDim(axis === 0 || index === 0 ? symbol : `${symbol}_${index + 1}`);
  });
  return { name, dims };
}

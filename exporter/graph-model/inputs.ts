import { GraphBuilder } from '../onnx/graph-builder.ts';
import { type NetworkInput, networkInput } from '../onnx/network.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import { convertGraphModel } from './convert.ts';
import type { GraphDefinition } from './graph-definition.ts';

/**
 * The inputs of a graph model, with the sizes free that it leaves free. A batch of 1, as models for
 * single pictures have, becomes free too where the graph allows it.
 *
 * @throws InvalidModelError as `convertGraphModel` does
 */
export function networkInputs(definition: GraphDefinition): readonly NetworkInput[] {
  const stated = definition.inputs.map((input, i) => networkInput(input.name, i, input.sizes));
  if (definition.inputs.every(({ sizes }) => sizes[0] !== 1)) return stated;
  const freed = definition.inputs.map((input, i) => {
    const [batch, ...rest] = input.sizes;
    return networkInput(input.name, i, [batch === 1 ? undefined : batch, ...rest]);
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

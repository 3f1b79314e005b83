import type { Network } from '../onnx/network.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import { convertGraphModel } from './convert.ts';
import { type GraphDefinition, outputKey } from './graph-definition.ts';
import { networkInputs } from './inputs.ts';

/**
 * A graph model as a network whose outputs have the names of their nodes.
 *
 * @throws InvalidModelError for a graph that cannot be converted
 */
export function graphNetwork(definition: GraphDefinition): Network {
  const inputs = networkInputs(definition);
  return {
    name: 'graph-model',
    inputs,
    outputNames: definition.outputs.map(outputKey),
    addTo: (graph, values) => {
      const placeholders = inputs.map(({ name }, i): [string, TensorValue] => {
        return [name, values[i] as TensorValue];
      });
      return convertGraphModel(graph, definition, new Map(placeholders));
    },
  };
}

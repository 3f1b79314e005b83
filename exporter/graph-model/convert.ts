import { describeDims } from '../onnx/dims.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import { executionOrder } from './execution-order.ts';
import { foldConstants } from './fold-constants.ts';
import {
  type GraphDefinition,
  type GraphNode,
  nodeName,
  outputKey,
  place,
} from './graph-definition.ts';
import { type NodeValue, tensorResult } from './node-value.ts';
import { Operands } from './operands.ts';
import { findOperation, SUPPORTED_OPERATIONS } from './operations.ts';

/**
 * Adds the nodes of a tf.js graph model to an ONNX graph, under their own names, as far as the wanted
 * outputs need them. What depends on no input is computed here.
 *
 * @param inputs what takes the place of each placeholder, by its name
 * @param outputs keys of the wanted results, `name` or `name:1`
 * @returns the converted value of each output, in the same order
 * @throws InvalidModelError for an operation that is not supported, naming it, its place and what is,
 *   and for graphs that are cyclic, cut off or without an input
 */
export function convertGraphModel(
  graph: GraphBuilder,
  definition: GraphDefinition,
  inputs: ReadonlyMap<string, TensorValue>,
  outputs: readonly string[] = definition.outputs.map(outputKey),
): TensorValue[] {
  const order = executionOrder(definition, outputs.map(nodeName), SUPPORTED_OPERATIONS);
  const constants = foldConstants(definition, order, outputs);
  const values = new Map<string, NodeValue>();
  for (const [key, constant] of constants.values) values.set(key, { kind: 'constant', constant });
  for (const node of order.filter(({ name }) => !constants.nodes.has(name))) {
    const results =
      node.op === 'Placeholder'
        ? [placeholder(node, inputs)]
        : convertNode(new Operands(graph, node, readInputs(node, values)));
    for (const [index, result] of results.entries()) {
      values.set(outputKey({ node: node.name, index }), result);
    }
  }
  return outputs.map((key) => outputTensor(key, values.get(key)));
}

function placeholder(node: GraphNode, inputs: ReadonlyMap<string, TensorValue>): NodeValue {
  const tensor = inputs.get(node.name);
  if (tensor === undefined) throw new Error(`nothing takes the place of ${place(node)}`);
  return tensorResult(tensor);
}

function readInputs(node: GraphNode, values: ReadonlyMap<string, NodeValue>): NodeValue[] {
  return node.inputs.map((input) => {
    const value = values.get(outputKey(input));
    if (value !== undefined) return value;
    throw new InvalidModelError(
      `${place(node)} reads result ${input.index} of ${input.node}, which has fewer`,
    );
  });
}

function convertNode(operands: Operands): readonly NodeValue[] {
  let results: readonly NodeValue[];
  try {
    results = [findOperation(operands)(operands)].flat();
  } catch (cause) {
    if (cause instanceof InvalidModelError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidModelError(`${place(operands.node)} cannot be converted: ${reason}`, {
      cause,
    });
  }
  for (const result of results) {
    const dims = result.kind === 'tensor' ? result.tensor.dims : [];
    if (dims.some((dim) => typeof dim === 'number' && dim < 1)) {
      throw operands.error(`gives a tensor ${describeDims(dims)}, which has no values`);
    }
  }
  return results;
}

function outputTensor(key: string, value: NodeValue | undefined): TensorValue {
  if (value?.kind === 'tensor') return value.tensor;
  const fault = value === undefined ? 'does not exist' : 'depends on no input but its size';
  throw new InvalidModelError(`the graph's output ${key} ${fault}: name other outputs`);
}

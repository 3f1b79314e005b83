import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import type { Constant, GraphDefinition, GraphNode } from './graph-definition.ts';
import { OPERATIONS } from './operations.ts';

/**
 * Adds the nodes of a tf.js graph model to an ONNX graph, under their own names, as far as the
 * wanted outputs need them.
 *
 * @param placeholder what takes the place of the model's only input, NCHW
 * @param outputs names of the wanted nodes
 * @returns the converted value of each output, in the same order
 * @throws Error for an operation that is not supported, naming it, its place and what is
 */
export function convertGraphModel(
  graph: GraphBuilder,
  definition: GraphDefinition,
  placeholder: TensorValue,
  outputs: readonly string[],
): TensorValue[] {
  refuseUnknownOperations(definition);
  const nodes = new Map(definition.nodes.map((node) => [node.name, node]));
  const converted = new Map<string, TensorValue>();

  const find = (name: string): GraphNode => {
    const node = nodes.get(name);
    if (node === undefined) throw new Error(`the graph model has no node ${name}`);
    return node;
  };
  const constant = (name: string): Constant => {
    const value = definition.constants.get(name);
    if (value === undefined) throw new Error(`${name} is computed, expected a constant`);
    return value;
  };
  const convert = (name: string): TensorValue => {
    const done = converted.get(name);
    if (done !== undefined) return done;
    const node = find(name);
    const operation = OPERATIONS.get(node.op);
    const input = (position: number): string => {
      const inputName = node.inputs[position];
      if (inputName === undefined)
        throw new Error(`${node.op} at ${name} has no input ${position}`);
      return inputName;
    };
    const value =
      operation === undefined
        ? placeholder
        : operation(node, {
            graph,
            features: (position) => convert(input(position)),
            constant: (position) => constant(input(position)),
          });
    converted.set(name, value);
    return value;
  };
  return outputs.map(convert);
}

function refuseUnknownOperations({ nodes }: GraphDefinition): void {
  const unknown = nodes.filter(({ op }) => !OPERATIONS.has(op) && !SOURCES.has(op));
  if (unknown.length > 0) {
    const list = unknown.map(({ op, name }) => `${op} at ${name}`).join(', ');
    const supported = [...OPERATIONS.keys(), ...SOURCES].join(', ');
    throw new Error(`cannot convert ${list}; supported operations are ${supported}`);
  }
}

/** Operations that compute nothing. */
const SOURCES: ReadonlySet<string> = new Set(['Const', 'Placeholder']);

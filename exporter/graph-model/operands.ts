import type { FloatConstant } from '../onnx/constants.ts';
import type { Dim } from '../onnx/dims.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { fixedSize, type TensorValue } from '../onnx/tensor-value.ts';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import type { WeightTensor } from '../tfjs-model/weights.ts';
import type { NodeAttributes } from './attributes.ts';
import { type GraphNode, outputKey, place } from './graph-definition.ts';
import type { NodeValue } from './node-value.ts';

/** What the conversion of a node reads: the graph that it adds to, and its inputs by position. */
export class Operands {
  readonly graph: GraphBuilder;
  readonly node: GraphNode;
  readonly values: readonly NodeValue[];

  constructor(graph: GraphBuilder, node: GraphNode, values: readonly NodeValue[]) {
    this.graph = graph;
    this.node = node;
    this.values = values;
  }

  get name(): string {
    return this.node.name;
  }

  get attributes(): NodeAttributes {
    return this.node.attributes;
  }

  /** An input; a negative position counts from the last. Throws when the node has fewer. */
  value(position: number): NodeValue {
    const value = this.values.at(position);
    if (value === undefined) throw this.error(`has no input ${position}`);
    return value;
  }

  /** An input as a value of the graph; a constant is added to it. */
  tensor(position: number): TensorValue {
    const value = this.value(position);
    if (value.kind === 'tensor') return value.tensor;
    const { shape, data } = this.floats(position);
    const input = this.node.inputs.at(position);
    const name = input === undefined ? `${this.name}/constant` : outputKey(input);
    const initializer = this.graph.once(name, () => this.graph.initializer(name, shape, data));
    return { value: initializer, dims: shape, layout: 'plain' };
  }

  tensors(): TensorValue[] {
    return this.values.map((_, position) => this.tensor(position));
  }

  /** A constant input of floating point numbers. */
  floats(position: number): FloatConstant {
    const { type, shape, data } = this.#constant(position, 'numbers');
    if (type !== 'float32')
      throw this.error(`reads ${type} at input ${position}, expected float32`);
    return { shape, data };
  }

  /** A constant input of whole numbers, row by row. */
  integers(position: number): number[] {
    const { type, data } = this.#constant(position, 'whole numbers');
    if (type !== 'int32') throw this.error(`reads ${type} at input ${position}, expected int32`);
    return [...data];
  }

  /** One constant number of either type. */
  number(position: number): number {
    const { data } = this.#constant(position, 'a number');
    const [value] = data;
    if (value === undefined || data.length !== 1) {
      throw this.error(`reads ${data.length} numbers at input ${position}, expected one`);
    }
    return value;
  }

  /** Whole numbers that are constant or follow from sizes. */
  sizes(position: number): readonly Dim[] {
    const value = this.value(position);
    return value.kind === 'sizes' ? value.sizes.items : this.integers(position);
  }

  /** Sizes that have to be the same for every input. */
  fixedSizes(position: number): number[] {
    return this.sizes(position).map((size) => fixedSize(this.name, size));
  }

  /** Refuses NCHW models, which tf.js itself runs on few backends. */
  requireChannelsLast(): void {
    const format = this.attributes.text('data_format', 'NHWC');
    if (format !== 'NHWC') throw this.error(`is ${format}, expected NHWC`);
  }

  error(fault: string): InvalidModelError {
    return new InvalidModelError(`${place(this.node)} ${fault}`);
  }

  #constant(position: number, expected: string): WeightTensor {
    const value = this.value(position);
    if (value.kind === 'constant') return value.constant;
    throw this.error(`computes its input ${position}, expected constant ${expected}`);
  }
}

/** Converts a node: one result, or several by index. */
export type Operation = (operands: Operands) => NodeValue | readonly NodeValue[];

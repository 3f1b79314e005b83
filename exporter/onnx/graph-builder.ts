import { leastCommonMultiple } from './dims.ts';
import {
  type AttributeValue,
  type ElementType,
  encodeModel,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './messages.ts';

/** The operator set of every file that we write. */
export const OPSET = 17;
/** The IR version that came with opset 17 (ONNX 1.12). */
const IR_VERSION = 8;

/** The name of a value of the graph: an input, an initializer or a node's output. */
export type Value = string;

/** What a rewrite of the graph sees. */
export interface GraphParts {
  readonly initializers: readonly TensorProto[];
  /** In execution order. */
  readonly nodes: readonly NodeProto[];
  /** Names of the graph's outputs. */
  readonly outputs: readonly Value[];
}

/** How many nodes read each value, the outputs of the graph counted as readers too. */
export function countReaders({ nodes, outputs }: GraphParts): Map<string, number> {
  const readers = new Map<string, number>();
  for (const value of [...nodes.flatMap(({ inputs }) => inputs), ...outputs]) {
    readers.set(value, (readers.get(value) ?? 0) + 1);
  }
  return readers;
}

/**
 * Collects a graph in execution order, so that the code which describes a network reads like it.
 * Names are the caller's, which makes the file readable in a graph viewer; a clash throws.
 */
export class GraphBuilder {
  /** Floating point operations of one input, counted by the layers that are added. */
  flop = 0;
  readonly #names = new Set<string>();
  readonly #derived = new Map<string, Value>();
  readonly #sizeMultiples = new Map<string, number>();
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  #initializers: TensorProto[] = [];
  #nodes: NodeProto[] = [];

  input(name: string, type: ElementType, dims: readonly (number | string)[]): Value {
    this.#inputs.push({ name: this.#claim(name), type, dims });
    return name;
  }

  /** A float32 constant. Throws when the values do not fill `dims`. */
  initializer(name: string, dims: readonly number[], data: Float32Array): Value {
    const size = dims.reduce((product, dim) => product * dim, 1);
    if (size !== data.length) {
      throw new Error(
        `initializer ${name} has ${data.length} values, [${dims.join()}] needs ${size}`,
      );
    }
    this.#addInitializer({ name, type: 'float32', dims, data });
    return name;
  }

  scalar(name: string, value: number): Value {
    return this.initializer(name, [], Float32Array.of(value));
  }

  /** A vector of int64, as shapes and pads are given to nodes. */
  integers(name: string, values: readonly number[]): Value {
    const data = BigInt64Array.from(values, BigInt);
    const dims = [values.length];
    this.#addInitializer({ name, type: 'int64', dims, data });
    return name;
  }

  /** What `create` adds under a name; made on the first call only. */
  once(name: string, create: (name: string) => Value): Value {
    const value = this.#derived.get(name) ?? create(name);
    this.#derived.set(name, value);
    return value;
  }

  /** Notes that the network works only where an input's free dimension is a multiple of a number. */
  requireMultiple(symbol: string, multiple: number): void {
    this.#sizeMultiples.set(symbol, leastCommonMultiple(this.sizeMultiple(symbol), multiple));
  }

  /** What an input's free dimension has to be a multiple of, as noted so far; 1 for any size. */
  sizeMultiple(symbol: string): number {
    return this.#sizeMultiples.get(symbol) ?? 1;
  }

  /**
   * A node with one output, which takes the node's name.
   *
   * @param inputs values that exist already; '' leaves an optional input out
   * @throws Error when the name is taken or an input does not exist
   */
  op(
    opType: string,
    name: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): Value {
    for (const input of inputs) {
      if (input !== '' && !this.#names.has(input)) {
        throw new Error(`${opType} ${name} reads ${input}, which the graph does not have yet`);
      }
    }
    this.#nodes.push({ name, opType, inputs, outputs: [this.#claim(name)], attributes });
    return name;
  }

  /**
   * Gives a node's output a name of the caller's choice. An inner value that has it already gets
   * another; nodes keep their names.
   */
  nameValue(value: Value, name: Value): Value {
    if (value === name) return name;
    if (this.#names.has(name)) this.#renameValue(name, this.#freeName(name));
    this.#renameValue(value, name);
    return name;
  }

  /** A value under a name of the caller's choice; inputs and outputs of others are passed on. */
  publish(value: Value, name: Value): Value {
    const isBorder = [...this.#inputs, ...this.#outputs].some((border) => border.name === value);
    return this.nameValue(isBorder ? this.op('Identity', `${name}/copy`, [value]) : value, name);
  }

  /** Declares a node's output as an output of the graph. */
  output(value: Value, type: ElementType, dims: readonly (number | string)[]): void {
    this.#outputs.push({ name: value, type, dims });
  }

  /** Inputs and outputs so far. */
  get border(): {
    readonly inputs: readonly ValueInfoProto[];
    readonly outputs: readonly ValueInfoProto[];
  } {
    return { inputs: this.#inputs, outputs: this.#outputs };
  }

  /** Number of float32 constants, which are the network's weights but for a few scalars. */
  get parameters(): number {
    return this.#initializers
      .filter(({ type, dims }) => type === 'float32' && dims.length > 0)
      .reduce((sum, { data }) => sum + data.length, 0);
  }

  /** Lets nodes and constants be replaced by others that compute the same outputs. */
  rewrite(pass: (graph: GraphParts) => Pick<GraphParts, 'initializers' | 'nodes'>): void {
    const { initializers, nodes } = pass({
      initializers: this.#initializers,
      nodes: this.#nodes,
      outputs: this.#outputs.map(({ name }) => name),
    });
    this.#initializers = [...initializers];
    this.#nodes = [...nodes];
  }

  /** The bytes of the `.onnx` file. */
  build(graphName: string, metadata: Readonly<Record<string, string>>): Uint8Array {
    return encodeModel({
      irVersion: IR_VERSION,
      opset: OPSET,
      producerName: 'deep-makeover',
      producerVersion: '1',
      graphName,
      inputs: this.#inputs,
      outputs: this.#outputs,
      initializers: this.#initializers,
      nodes: this.#nodes,
      metadata,
    });
  }

  #renameValue(from: Value, to: Value): void {
    const isOutput = ({ outputs }: NodeProto) => outputs.includes(from);
    if (!this.#nodes.some(isOutput)) throw new Error(`${from} is no node's output to be renamed`);
    const rename = (value: Value) => (value === from ? to : value);
    this.#claim(to);
    this.#names.delete(from);
    this.#nodes = this.#nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    }));
  }

  #freeName(name: string): string {
    let free = `${name}/inner`;
    for (let i = 2; this.#names.has(free); i++) free = `${name}/inner${i}`;
    return free;
  }

  #addInitializer(tensor: TensorProto): void {
    this.#claim(tensor.name);
    this.#initializers.push(tensor);
  }

  #claim(name: string): string {
    if (name === '' || this.#names.has(name)) {
      throw new Error(`the graph has a value "${name}" already: names must be unique`);
    }
    this.#names.add(name);
    return name;
  }
}

import type { ModelProto, NodeProto, TensorProto } from '../../onnx/messages.ts';

/** A model's nodes and constants by the values that they make and use. */
export class ModelGraph {
  readonly model: ModelProto;
  readonly #constants: ReadonlyMap<string, TensorProto>;
  readonly #producers = new Map<string, NodeProto>();
  readonly #consumers = new Map<string, NodeProto[]>();

  constructor(model: ModelProto) {
    this.model = model;
    this.#constants = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
    for (const node of model.nodes) {
      for (const output of node.outputs) this.#producers.set(output, node);
      for (const input of new Set(node.inputs)) {
        this.#consumers.set(input, [...this.consumers(input), node]);
      }
    }
  }

  constant(value: string): TensorProto | undefined {
    return this.#constants.get(value);
  }

  /** A constant of float32. Throws an Error where a value is none. */
  floats(value: string): TensorProto & { readonly type: 'float32' } {
    const tensor = this.constant(value);
    if (tensor?.type === 'float32') return tensor;
    throw new Error(`${value} is ${tensor?.type ?? 'no constant'}, expected a float32 constant`);
  }

  /** The node that makes a value; inputs and constants have none. */
  producer(value: string): NodeProto | undefined {
    return this.#producers.get(value);
  }

  consumers(value: string): readonly NodeProto[] {
    return this.#consumers.get(value) ?? [];
  }
}

/** A node's only output. Throws an Error for a node that has none, or several. */
export function outputOf({ name, outputs }: NodeProto): string {
  const [output, ...others] = outputs;
  if (output === undefined || others.length > 0) {
    throw new Error(`node ${name} has ${outputs.length} outputs, expected one`);
  }
  return output;
}

/** An input that a node must have. */
export function inputOf({ name, inputs }: NodeProto, index: number): string {
  const input = inputs[index];
  if (input === undefined || input === '') throw new Error(`node ${name} has no input ${index}`);
  return input;
}

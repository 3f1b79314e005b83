import type * as tf from '@tensorflow/tfjs';
import type { Reader } from '../../models/contract/json-reader.ts';
import type { FloatConstant } from '../onnx/constants.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';

/** One call of a layer: a shared layer has several. */
export interface LayerCall {
  readonly graph: GraphBuilder;
  /** Name of the call's node, and what its parts' names begin with. */
  readonly name: string;
  readonly layer: Layer;
  readonly inputs: readonly TensorValue[];
}

/** A layer without the models around it. */
export class Layer {
  readonly name: string;
  readonly className: string;
  readonly #layer: tf.layers.Layer;

  constructor(layer: tf.layers.Layer) {
    this.#layer = layer;
    this.name = layer.name;
    this.className = layer.getClassName();
  }

  /** The layer's settings. Throws an InvalidModelError for one that is missing or out of range. */
  config<T>(reader: Reader<T>): T {
    try {
      return reader(this.#layer.getConfig(), '');
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new InvalidModelError(`${this.#place()}: ${reason}`, { cause });
    }
  }

  /**
   * A weight by the last part of its name, such as `kernel`.
   *
   * @throws InvalidModelError when the layer has none, or a value is not finite
   */
  weight(part: string): FloatConstant {
    const constant = this.optionalWeight(part);
    if (constant === undefined) throw new InvalidModelError(`${this.#place()} has no ${part}`);
    return constant;
  }

  /** A weight that a setting may have left out. */
  optionalWeight(part: string): FloatConstant | undefined {
    const found = this.#layer.weights.find(({ originalName }) => {
      return originalName.slice(originalName.lastIndexOf('/') + 1) === part;
    });
    if (found === undefined) return undefined;
    const tensor = found.read();
    const data = Float32Array.from(tensor.dataSync());
    const fault = data.findIndex((value) => !Number.isFinite(value));
    if (fault >= 0) {
      throw new InvalidModelError(
        `${this.#place()}: ${part} [${tensor.shape.join()}] holds ${data[fault]} at position ${fault}: only finite weights can be converted; training may have diverged`,
      );
    }
    return { shape: tensor.shape, data };
  }

  bias(): { readonly bias: Float32Array } | undefined {
    const bias = this.optionalWeight('bias');
    return bias && { bias: bias.data };
  }

  #place(): string {
    return `${this.className} ${this.name}`;
  }
}

/** The only input of a layer that takes one. */
export function onlyInput({ layer, inputs }: LayerCall): TensorValue {
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    throw new InvalidModelError(
      `${layer.className} ${layer.name} takes one input, got ${inputs.length}`,
    );
  }
  return input;
}

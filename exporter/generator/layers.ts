import { FROZEN_MEAN, FROZEN_VARIANCE } from '../../trainer/networks/generator.ts';
import type { ParameterValue, ParameterValues } from '../../trainer/networks/parameters.ts';
import { relu } from '../onnx/activations.ts';
import { conv } from '../onnx/convolutions.ts';
import { add } from '../onnx/elementwise.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { instanceNorm } from '../onnx/norms.ts';
import { upsample } from '../onnx/resize.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import { type ChannelAffine, frozenAffine, type NormConstants, scaleOutputs } from './fold.ts';

/** What stands before a normalisation; makes its nodes with a frozen one folded into them. */
export type Foldable = (affine: ChannelAffine | undefined) => TensorValue;

interface ConvOptions {
  readonly stride?: number;
  /** Factors of the output channels. */
  readonly scale?: Float64Array;
  readonly bias?: Float32Array;
}

/** The layers of the generator by the names of their weights. */
export class GeneratorLayers {
  readonly #graph: GraphBuilder;
  readonly #weights: ParameterValues;
  readonly #target: number;

  constructor(graph: GraphBuilder, weights: ParameterValues, target: number) {
    this.#graph = graph;
    this.#weights = weights;
    this.#target = target;
  }

  /** Throws an Error when the network has no such weight. */
  weight(name: string): ParameterValue {
    const value = this.#weights.get(name);
    if (value === undefined) {
      throw new Error(`the checkpoint has no weight ${name}: is it of another network?`);
    }
    return value;
  }

  biasedConv(name: string, x: TensorValue): TensorValue {
    return this.#conv(name, x, { bias: this.weight(`${name}/bias`).data });
  }

  /** A convolution in front of a normalisation. */
  conv(name: string, x: TensorValue): Foldable {
    return (affine) => this.#conv(name, x, affine);
  }

  /** The map enlarged by 2 (nearest neighbour) and convolved, plus a 1x1 convolution of `skip`. */
  upSkip(name: string, x: TensorValue, skipName: string, skip: TensorValue): Foldable {
    const enlarged = upsample(this.#graph, `${name}/enlarged`, x, [2, 2]);
    return (affine) => {
      const side = this.#conv(skipName, skip, affine && { scale: affine.scale });
      return add(this.#graph, `${name}/add`, this.#conv(name, enlarged, affine), side);
    };
  }

  /** A convolution that halves the size, normalisation and ReLU. */
  down(name: string, x: TensorValue): TensorValue {
    const channels = this.weight(`${name}/kernel`).shape[3] as number;
    const normalised = this.#normalise(
      `${name}/norm`,
      { gain: new Float32Array(channels).fill(1), shift: new Float32Array(channels) },
      (part) => this.weight(part).data,
      (affine) => this.#conv(name, x, { stride: 2, ...affine }),
    );
    return relu(this.#graph, `${name}/relu`, normalised);
  }

  /** Normalisation with the target's scales and shifts, all multiplied by `factor`. */
  film(name: string, x: Foldable, factor = 1): TensorValue {
    const row = (part: string): Float32Array => this.#row(part);
    const times = (values: Float32Array): Float32Array => values.map((value) => factor * value);
    const constants = { gain: times(row(`${name}/gain`)), shift: times(row(`${name}/shift`)) };
    return this.#normalise(name, constants, row, x);
  }

  filmRelu(name: string, x: Foldable): TensorValue {
    return relu(this.#graph, `${name}/relu`, this.film(name, x));
  }

  /** @param read gives the values of a weight, one a channel */
  #normalise(
    name: string,
    { gain, shift }: NormConstants,
    read: (weight: string) => Float32Array,
    x: Foldable,
  ): TensorValue {
    if (!this.#weights.has(`${name}/${FROZEN_MEAN}`)) {
      return instanceNorm(this.#graph, name, x(undefined), gain, shift);
    }
    const mean = read(`${name}/${FROZEN_MEAN}`);
    const variance = read(`${name}/${FROZEN_VARIANCE}`);
    return x(frozenAffine({ gain, shift }, { mean, variance }));
  }

  /** The target's row of a weight [targets, channels]. */
  #row(name: string): Float32Array {
    const { shape, data } = this.weight(name);
    const [targets, channels] = shape as [number, number];
    if (this.#target >= targets) {
      throw new Error(`${name} has shape [${shape.join()}], target ${this.#target} does not fit`);
    }
    return data.slice(this.#target * channels, (this.#target + 1) * channels);
  }

  /** A convolution with SAME padding. */
  #conv(name: string, x: TensorValue, options: ConvOptions = {}): TensorValue {
    const { stride = 1, scale, bias } = options;
    const kernel = this.weight(`${name}/kernel`);
    return conv(this.#graph, name, x, scale ? scaleOutputs(kernel, scale) : kernel, {
      strides: [stride, stride],
      padding: 'same',
      ...(bias && { bias }),
    });
  }
}

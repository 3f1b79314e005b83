import * as tf from '@tensorflow/tfjs';
import type { Random } from '../random.ts';

/** Shapes and values of a network's trainable tensors by name, in creation order. */
export type ParameterValues = ReadonlyMap<string, ParameterValue>;

export interface ParameterValue {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The tensors that a network's forward function reads, by name. */
export type Weights = ReadonlyMap<string, tf.Tensor>;

/** Collects the initial values of a network while its layers are listed. */
export class ParameterBuilder {
  readonly values = new Map<string, ParameterValue>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Normal values of the given standard deviation. */
  normal(name: string, shape: readonly number[], deviation: number): void {
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) data[i] = deviation * this.#random.normal();
    this.#add(name, shape, data);
  }

  /** A convolution kernel [k, k, cin, cout] after He et al. (2015) times `gain`. */
  kernel(name: string, shape: readonly [number, number, number, number], gain = 1): void {
    const fanIn = shape[0] * shape[1] * shape[2];
    this.normal(name, shape, gain * Math.sqrt(2 / fanIn));
  }

  /** Values spread evenly over [-limit, limit); returns them, to be changed before they are used. */
  uniform(name: string, shape: readonly number[], limit: number): Float32Array {
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) data[i] = limit * (2 * this.#random.uniform() - 1);
    this.#add(name, shape, data);
    return data;
  }

  constant(name: string, shape: readonly number[], value: number): void {
    this.#add(name, shape, new Float32Array(sizeOf(shape)).fill(value));
  }

  #add(name: string, shape: readonly number[], data: Float32Array): void {
    if (this.values.has(name)) throw new Error(`parameter ${name} exists already`);
    this.values.set(name, { shape, data });
  }
}

/** Makes one tf.Variable per value; names are not registered globally, so networks may coexist. */
export function createVariables(
  values: ParameterValues,
  trainable = true,
): Map<string, tf.Variable> {
  const variables = new Map<string, tf.Variable>();
  for (const [name, { shape, data }] of values) {
    variables.set(
      name,
      tf.tidy(() => tf.variable(tf.tensor(data, [...shape], 'float32'), trainable)),
    );
  }
  return variables;
}

/** Reads the current values, e.g. for a checkpoint. */
export function readValues(weights: Weights): Map<string, ParameterValue> {
  const values = new Map<string, ParameterValue>();
  for (const [name, tensor] of weights) {
    values.set(name, { shape: tensor.shape, data: Float32Array.from(tensor.dataSync()) });
  }
  return values;
}

/** Looks a weight up, typed by its rank. Throws when the network and its weights do not match. */
export function weight<T extends tf.Tensor>(weights: Weights, name: string): T {
  const tensor = weights.get(name);
  if (tensor === undefined) {
    throw new Error(`the network has no weight ${name}; it has ${[...weights.keys()].join(', ')}`);
  }
  return tensor as T;
}

export function countParameters(values: ParameterValues): number {
  let count = 0;
  for (const { shape } of values.values()) count += sizeOf(shape);
  return count;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1);
}

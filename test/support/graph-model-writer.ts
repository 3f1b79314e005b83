import type * as tf from '@tensorflow/tfjs';
import {
  type GraphDefinition,
  readGraphDefinition,
} from '../../exporter/graph-model/graph-definition.ts';
import { decodeWeights } from '../../exporter/tfjs-model/weights.ts';
import { Random } from '../../trainer/random.ts';

/** Attributes in the form in which tensorflowjs_converter writes them. */
export const attribute = {
  text: (value: string) => ({ s: btoa(value) }),
  texts: (...values: string[]) => ({ list: { s: values.map((value) => btoa(value)) } }),
  integer: (value: number) => ({ i: String(value) }),
  integers: (...values: number[]) => ({ list: { i: values.map(String) } }),
  float: (value: number) => ({ f: value }),
  flag: (value: boolean) => ({ b: value }),
  type: (value: string) => ({ type: value }),
};

export interface WindowCase {
  /** Of height and width. */
  readonly strides?: readonly [number, number];
  readonly dilations?: readonly [number, number];
  /** Explicit ones are [n, n, top, bottom, left, right, c, c]. */
  readonly padding?: 'SAME' | 'VALID' | readonly number[];
}

/** Attributes of a convolution or a pooling. */
export function windowAttributes({
  strides = [1, 1],
  dilations = [1, 1],
  padding = 'SAME',
}: WindowCase = {}): object {
  const isNamed = typeof padding === 'string';
  return {
    strides: attribute.integers(1, ...strides, 1),
    dilations: attribute.integers(1, ...dilations, 1),
    padding: attribute.text(isNamed ? padding : 'EXPLICIT'),
    explicit_paddings: isNamed ? { list: {} } : attribute.integers(...padding),
    data_format: attribute.text('NHWC'),
  };
}

/** Writes tf.js graph models as the converter does: GraphDef in JSON, and weights in one piece. */
export class GraphModelWriter {
  readonly #nodes: object[] = [];
  readonly #specs: tf.io.WeightsManifestEntry[] = [];
  readonly #weights: Uint8Array[] = [];
  readonly #random = new Random(5);

  /** A placeholder; -1 is a free size. */
  placeholder(name: string, sizes: readonly number[]): string {
    const shape = { dim: sizes.map((size) => ({ size: String(size) })) };
    return this.node('Placeholder', name, [], {
      dtype: attribute.type('DT_FLOAT'),
      shape: { shape },
    });
  }

  node(op: string, name: string, input: readonly string[], attr: object = {}): string {
    this.#nodes.push({ name, op, input, attr });
    return name;
  }

  integers(name: string, values: readonly number[], shape = [values.length]): string {
    return this.#constant(name, 'int32', shape, Int32Array.from(values));
  }

  floats(name: string, values: readonly number[], shape = [values.length]): string {
    return this.#constant(name, 'float32', shape, Float32Array.from(values));
  }

  /** Normally distributed weights. */
  random(name: string, shape: readonly number[], deviation = 0.5, mean = 0): string {
    const size = shape.reduce((product, dim) => product * dim, 1);
    const values = Array.from({ length: size }, () => mean + deviation * this.#random.normal());
    return this.floats(name, values, [...shape]);
  }

  definition(): GraphDefinition {
    const weightData = new Uint8Array(Buffer.concat(this.#weights)).buffer;
    const artifacts = {
      format: 'graph-model',
      modelTopology: { node: this.#nodes, versions: {} },
      weightSpecs: this.#specs,
      weightData,
    };
    const weights = decodeWeights(this.#specs, weightData);
    return readGraphDefinition({ format: 'graph-model', artifacts, weights });
  }

  #constant(
    name: string,
    dtype: 'int32' | 'float32',
    shape: number[],
    { buffer }: Int32Array | Float32Array,
  ): string {
    this.#specs.push({ name, shape, dtype });
    this.#weights.push(new Uint8Array(buffer));
    return this.node('Const', name, []);
  }
}

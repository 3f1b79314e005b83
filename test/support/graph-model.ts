import * as tf from '@tensorflow/tfjs';
import { convertGraphModel } from '../../exporter/graph-model/convert.ts';
import {
  type GraphDefinition,
  outputKey,
  readGraphDefinition,
} from '../../exporter/graph-model/graph-definition.ts';
import { networkInputs } from '../../exporter/graph-model/inputs.ts';
import { type Dim, describeDim } from '../../exporter/onnx/dims.ts';
import { GraphBuilder } from '../../exporter/onnx/graph-builder.ts';
import { toPlain } from '../../exporter/onnx/layouts.ts';
import { decodeWeights } from '../../exporter/tfjs-model/weights.ts';
import { createRunner } from '../../trainer/evaluation/runner.ts';
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

/** The ONNX file of a graph model whose inputs and outputs are float32 in tf.js's order. */
export function buildGraphModel(definition: GraphDefinition): Uint8Array {
  const graph = new GraphBuilder();
  const describe = (dims: readonly Dim[]): (number | string)[] => {
    return dims.map((dim) => (typeof dim === 'number' ? dim : describeDim(dim)));
  };
  const inputs = networkInputs(definition).map(({ name, dims }) => {
    const value = graph.input(name, 'float32', describe(dims));
    return [name, { value, dims, layout: 'plain' as const }] as const;
  });
  for (const [i, output] of convertGraphModel(graph, definition, new Map(inputs)).entries()) {
    const { value, dims } = toPlain(graph, output);
    graph.output(graph.op('Identity', `output ${i}`, [value]), 'float32', describe(dims));
  }
  return graph.build('graph model', {});
}

export interface OutputParity {
  readonly output: string;
  readonly dims: readonly number[];
  /** The largest difference from tf.js, in parts of the range of tf.js's values. */
  readonly difference: number;
}

/**
 * Runs a graph model in tf.js and as ONNX.
 *
 * @param feeds by the placeholder's name
 * @param isSplit feeds tf.js one sample at a time, since the model fixes its batch to 1
 */
export async function measureGraphModel(
  definition: GraphDefinition,
  feeds: Readonly<Record<string, tf.Tensor>>,
  isSplit = false,
): Promise<OutputParity[]> {
  const runner = await createRunner(buildGraphModel(definition));
  const actual = await runner.run(
    Object.fromEntries(
      Object.entries(feeds).map(([name, tensor]) => [
        name,
        { type: 'float32', dims: tensor.shape, data: Float32Array.from(tensor.dataSync()) },
      ]),
    ),
  );
  const keys = definition.outputs.map(outputKey);
  const expected = runGraphModel(definition, feeds, keys, isSplit);
  return keys.map((output, i) => {
    const found = actual[`output ${i}`];
    const { shape, values } = expected[i] ?? { shape: [], values: new Float32Array() };
    if (found === undefined || found.dims.join() !== shape.join()) {
      throw new Error(`${output} has dims [${found?.dims.join()}], tf.js gives [${shape.join()}]`);
    }
    return { output, dims: shape, difference: relativeDifference(found.data, values) };
  });
}

interface Expected {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

function runGraphModel(
  { artifacts }: GraphDefinition,
  feeds: Readonly<Record<string, tf.Tensor>>,
  keys: readonly string[],
  isSplit: boolean,
): Expected[] {
  const model = tf.loadGraphModelSync(tf.io.fromMemorySync(artifacts));
  const run = (inputs: Readonly<Record<string, tf.Tensor>>): tf.Tensor[] => {
    return [model.execute({ ...inputs }, [...keys])].flat();
  };
  const outputs = tf.tidy(() => {
    if (!isSplit) return run(feeds);
    const count = Object.values(feeds)[0]?.shape[0] ?? 0;
    const samples = Array.from({ length: count }, (_, i) => {
      return run(
        Object.fromEntries(
          Object.entries(feeds).map(([name, tensor]) => [name, tf.slice(tensor, [i], [1])]),
        ),
      );
    });
    return keys.map((_, k) =>
      tf.concat(
        samples.map((sample) => sample[k] as tf.Tensor),
        0,
      ),
    );
  });
  const expected = outputs.map((tensor) => ({
    shape: tensor.shape,
    values: Float32Array.from(tensor.dataSync()),
  }));
  tf.dispose(outputs);
  model.dispose();
  return expected;
}

function relativeDifference(actual: ArrayLike<number>, expected: Float32Array): number {
  let [low, high, difference] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  expected.forEach((value, i) => {
    [low, high] = [Math.min(low, value), Math.max(high, value)];
    const distance = Math.abs(value - (actual[i] ?? Number.NaN));
    difference = Math.max(difference, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance);
  });
  // Of one repeated value, the value itself is the measure.
  const range = high - low || Math.max(1, Math.abs(high));
  return difference / range;
}

import * as tf from '@tensorflow/tfjs';
import { convertNetwork } from '../../exporter/convert/convert-network.ts';
import { compareValues } from '../../exporter/golden.ts';
import { type GraphDefinition, outputKey } from '../../exporter/graph-model/graph-definition.ts';
import { graphNetwork } from '../../exporter/graph-model/network.ts';
import { createRunner } from '../../trainer/evaluation/runner.ts';

/** The ONNX file of a graph model whose inputs and outputs are float32 in tf.js's order. */
export function buildGraphModel(definition: GraphDefinition): Uint8Array {
  const border = { io: 'float32-nhwc', range: '0..255', outputRange: undefined } as const;
  return convertNetwork(graphNetwork(definition), border, {}).model;
}

/** Normally distributed values. */
export function randomTensor(shape: readonly number[], mean = 0): tf.Tensor {
  return tf.randomNormal([...shape], mean, 1, 'float32', 11);
}

export interface OutputParity {
  readonly output: string;
  readonly dims: readonly number[];
  /** The largest difference from tf.js. */
  readonly maxAbs: number;
  /** The same in parts of the range of tf.js's values. */
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
    const found = actual[output];
    const { shape, values } = expected[i] ?? { shape: [], values: new Float32Array() };
    if (found === undefined || found.dims.join() !== shape.join()) {
      throw new Error(`${output} has dims [${found?.dims.join()}], tf.js gives [${shape.join()}]`);
    }
    return { output, dims: shape, ...compareWithRange(found.data, values) };
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

function compareWithRange(
  actual: Float32Array | Uint8Array,
  expected: Float32Array,
): Pick<OutputParity, 'maxAbs' | 'difference'> {
  const { maxAbs } = compareValues(actual, expected);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of expected) [low, high] = [Math.min(low, value), Math.max(high, value)];
  // Of one repeated value, the value itself is the measure.
  const range = high - low || Math.max(1, Math.abs(high));
  return { maxAbs, difference: maxAbs / range };
}

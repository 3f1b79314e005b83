import * as tf from '@tensorflow/tfjs';
import { type ExportOptions, exportModel } from '../../exporter/convert/export-model.ts';
import { compareValues } from '../../exporter/golden.ts';
import type { Tensor } from '../../models/contract/tensor.ts';
import { createRunner } from '../../trainer/evaluation/runner.ts';
import { Random } from '../../trainer/random.ts';

/** Gives a layers model weights and statistics drawn at random, so that no 1 or 0 hides a mistake. */
export function randomizeWeights(model: tf.LayersModel, seed: number): tf.LayersModel {
  const random = new Random(seed);
  const drawn = model.weights.map((weight) => {
    const { shape } = weight;
    const size = shape.reduce<number>((product, dim) => product * (dim ?? 1), 1);
    const fanIn = shape.slice(0, -1).reduce<number>((product, dim) => product * (dim ?? 1), 1);
    const isKernel = weight.originalName.includes('kernel');
    const scale = isKernel ? 1 / Math.sqrt(fanIn) : 0.5;
    const values = Float32Array.from({ length: size }, () => scale * random.normal());
    const positive = /variance/.test(weight.originalName);
    return tf.tensor(
      positive ? values.map((value) => 0.3 + value * value) : values,
      shape as number[],
    );
  });
  model.setWeights(drawn);
  tf.dispose(drawn);
  return model;
}

export function randomTensor(dims: readonly number[], seed: number): Tensor {
  const random = new Random(seed);
  const size = dims.reduce((product, dim) => product * dim, 1);
  return {
    type: 'float32',
    dims,
    data: Float32Array.from({ length: size }, () => random.normal()),
  };
}

/** A tensor with its axes in another order. */
export function turn({ dims, data }: Tensor, order: number[]): Tensor {
  const tensor = tf.transpose(tf.tensor(Float32Array.from(data), [...dims]), order);
  return { type: 'float32', dims: tensor.shape, data: Float32Array.from(tensor.dataSync()) };
}

/** What tf.js gives, in the order of the model's outputs. */
export function predict(model: tf.LayersModel, inputs: readonly Tensor[]): Tensor[] {
  const feeds = inputs.map(({ dims, data }) => tf.tensor(Float32Array.from(data), [...dims]));
  const results = [model.predict(feeds.length === 1 ? (feeds[0] as tf.Tensor) : feeds)].flat();
  const outputs = results.map((result): Tensor => {
    return { type: 'float32', dims: result.shape, data: Float32Array.from(result.dataSync()) };
  });
  tf.dispose([feeds, results]);
  return outputs;
}

/**
 * The largest difference of any output between tf.js and the exported file, over inputs of each list of
 * shapes. Infinite where dims differ.
 */
export async function largestDifference(
  model: tf.LayersModel,
  shapes: readonly (readonly (readonly number[])[])[],
  options: ExportOptions = {},
): Promise<number> {
  const runner = await createRunner(await exportModel(model, options));
  let largest = 0;
  for (const [i, inputShapes] of shapes.entries()) {
    const inputs = inputShapes.map((dims, j) => randomTensor(dims, 10 * i + j + 1));
    const expected = predict(model, inputs);
    const feeds = inputs.map((tensor, j) => [model.inputNames[j] as string, tensor] as const);
    const actual = Object.values(await runner.run(Object.fromEntries(feeds)));
    for (const [j, { dims, data }] of expected.entries()) {
      const found = actual[j];
      if (found?.dims.join() !== dims.join()) return Number.POSITIVE_INFINITY;
      largest = Math.max(largest, compareValues(found.data, data).maxAbs);
    }
  }
  return largest;
}

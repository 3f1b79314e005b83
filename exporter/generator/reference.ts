import * as tf from '@tensorflow/tfjs';
import { RESIDUAL, RESULT, type Tensor, type TensorMap } from '../../models/contract/tensor.ts';
import { type GeneratorConfig, generatorChange } from '../../trainer/networks/generator.ts';
import { oneHotLabels } from '../../trainer/networks/labels.ts';
import type { ParameterValues } from '../../trainer/networks/parameters.ts';

/**
 * What the trainer's own generator gives, on the active tf.js backend.
 *
 * @param images uint8 [n, h, w, 3]
 * @returns `result` and `residual` as the exported model names them
 */
export function runGenerator(
  config: GeneratorConfig,
  weights: ParameterValues,
  target: number,
  images: Tensor,
): TensorMap {
  const { result, residual } = tf.tidy(() => {
    const dims = images.dims as [number, number, number, number];
    const levels = tf.tensor4d(Float32Array.from(images.data), dims);
    const tensors = new Map(
      [...weights].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
    );
    const labels = oneHotLabels(Array<number>(dims[0]).fill(target), config.targets);
    const x = tf.sub<tf.Tensor4D>(tf.div(levels, 127.5), 1);
    const change = generatorChange(config, tensors, x, labels);
    const scaled = tf.mul(change, 127.5);
    const rounded = tf.clipByValue(tf.round(tf.add(levels, scaled)), 0, 255);
    return {
      result: Uint8Array.from(rounded.dataSync()),
      residual: Float32Array.from(scaled.dataSync()),
    };
  });
  return {
    [RESULT]: { type: 'uint8', dims: images.dims, data: result },
    [RESIDUAL]: { type: 'float32', dims: images.dims, data: residual },
  };
}

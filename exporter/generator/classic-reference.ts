import * as tf from '@tensorflow/tfjs';
import { RESIDUAL, RESULT, type Tensor, type TensorMap } from '../../models/contract/tensor.ts';
import {
  type ClassicGeneratorConfig,
  classicFaces,
} from '../../trainer/networks/classic/generator.ts';
import { normalizeBatch } from '../../trainer/networks/classic/normalization.ts';
import type { ParameterValues } from '../../trainer/networks/parameters.ts';

/**
 * What the 2017 generator gives as it was trained, on the active tf.js backend: by the statistics of
 * the batch, for one face after the other.
 *
 * @param images uint8 [n, h, w, 3]
 * @returns `result` and `residual` as the exported model names them
 */
export function runClassicGenerator(
  config: ClassicGeneratorConfig,
  weights: ParameterValues,
  images: Tensor,
): TensorMap {
  const { result, residual } = tf.tidy(() => {
    const tensors = new Map(
      [...weights].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
    );
    const dims = images.dims as [number, number, number, number];
    const levels = tf.tensor4d(Float32Array.from(images.data), dims);
    const answers = tf
      .split<tf.Tensor4D>(levels, dims[0])
      .map((face) => classicFaces(config, tensors, tf.div(face, 255), normalizeBatch));
    const picture = tf.mul(tf.concat(answers), 255);
    const rounded = tf.clipByValue(tf.round(picture), 0, 255);
    return {
      result: Uint8Array.from(rounded.dataSync()),
      residual: Float32Array.from(tf.sub(picture, levels).dataSync()),
    };
  });
  return {
    [RESULT]: { type: 'uint8', dims: images.dims, data: result },
    [RESIDUAL]: { type: 'float32', dims: images.dims, data: residual },
  };
}

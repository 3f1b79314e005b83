import * as tf from '@tensorflow/tfjs';
import type { BackendName } from '../backend.ts';
import { ParameterBuilder } from '../networks/parameters.ts';
import { Random } from '../random.ts';

const IMAGE: [number, number, number, number] = [4, 16, 16, 8];
const KERNEL: [number, number, number, number] = [3, 3, 8, 16];

/** A loss, the change of a kernel and that of an image: all that a training step is made of. */
export interface SmokeStep {
  readonly loss: Float32Array;
  readonly kernelGradient: Float32Array;
  readonly imageGradient: Float32Array;
}

/** One small convolution of fixed values and its gradients on a backend, which stays the active one. */
export async function smokeStep(backend: BackendName): Promise<SmokeStep> {
  await tf.setBackend(backend);
  const values = new ParameterBuilder(new Random(2017));
  values.normal('image', IMAGE, 1);
  values.kernel('kernel', KERNEL);
  const tensorOf = (name: string): tf.Tensor4D => {
    const { shape, data } = values.values.get(name) ?? { shape: [], data: new Float32Array() };
    return tf.tensor<tf.Rank.R4>(data, shape as [number, number, number, number]);
  };
  const results = tf.tidy(() => {
    const { value, grads } = tf.valueAndGrads((image: tf.Tensor, kernel: tf.Tensor) =>
      tf.mean(
        tf.square(tf.relu(tf.conv2d(image as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same'))),
      ),
    )([tensorOf('image'), tensorOf('kernel')]);
    return [value, ...grads].map((result) => Float32Array.from(result.dataSync()));
  });
  const [loss, imageGradient, kernelGradient] = results as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return { loss, imageGradient, kernelGradient };
}

/** The largest difference of two results, each relative to the largest value that it concerns. */
export function largestDifference(found: SmokeStep, expected: SmokeStep): number {
  const pairs: [Float32Array, Float32Array][] = [
    [found.loss, expected.loss],
    [found.kernelGradient, expected.kernelGradient],
    [found.imageGradient, expected.imageGradient],
  ];
  const differences = pairs.map(([a, b]) => {
    const scale = b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    const difference = b.reduce((largest, value, i) => {
      const distance = Math.abs((a[i] as number) - value);
      // NaN must not pass for equal.
      return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : Math.max(largest, distance);
    }, 0);
    return difference / scale;
  });
  return Math.max(...differences);
}

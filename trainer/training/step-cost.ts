import * as tf from '@tensorflow/tfjs';
import type { TrainConfig } from '../config.ts';
import type { Batch } from '../data/sampler.ts';
import { Random } from '../random.ts';
import type { Trainee } from './trainee.ts';

export interface StepCost {
  /** Billions of floating point operations (2 x multiply-accumulates), mean of the steps. */
  readonly gflop: number;
  readonly stepMs: number;
}

/** What tf.profile tells about one run of a kernel. */
interface ProfiledKernel {
  readonly name: string;
  readonly inputShapes: readonly (readonly number[] | null)[];
  readonly outputShapes: readonly (readonly number[] | null)[];
}

/** The first steps are slower: TensorFlow prepares its kernels. */
const WARM_UP_STEPS = 2;

/** In the middle of a run, when every term counts and every network learns. */
const FIRST_STEP = 1000;
const FRACTION = 0.7;

/**
 * Counts and times training steps on noise, some with and some without the terms that not every
 * step has. Changes the networks.
 */
export async function measureStepCost(
  config: TrainConfig,
  trainee: Trainee,
  steps: number,
): Promise<StepCost> {
  const batch = noiseBatch(config);
  const step = (i: number): void => {
    const progress = { step: FIRST_STEP + i, fraction: FRACTION };
    const batches = Array<Batch>(trainee.batchesPerStep(progress)).fill(batch);
    tf.dispose([...trainee.step(batches, progress).values()]);
  };
  for (let i = 0; i < WARM_UP_STEPS; i++) step(i);
  const startedAt = performance.now();
  for (let i = 0; i < steps; i++) step(i);
  const stepMs = (performance.now() - startedAt) / steps;
  // Profiling would read every result to look for values that are not numbers.
  tf.env().set('CHECK_COMPUTATION_FOR_ERRORS', false);
  const { kernels } = await tf.profile(() => {
    for (let i = 0; i < steps; i++) step(i);
    return tf.scalar(0);
  });
  const flop = kernels.reduce((sum, kernel) => sum + kernelFlop(kernel), 0);
  return { gflop: flop / steps / 1e9, stepMs };
}

/** Operations of convolutions, their gradients and matrix products; the rest is small beside them. */
export function kernelFlop({ name, inputShapes, outputShapes }: ProfiledKernel): number {
  const [first, second] = inputShapes;
  const [output] = outputShapes;
  if (!first || !second || !output) return 0;
  switch (name) {
    case 'Conv2D': // image, kernel [h, w, in, out]
      return 2 * sizeOf(output) * sizeOf(second.slice(0, 3));
    case 'Conv2DBackpropInput': // gradient, kernel
      return 2 * sizeOf(first) * sizeOf(second.slice(0, 3));
    case 'Conv2DBackpropFilter': // image, gradient; gives a kernel
      return 2 * sizeOf(second) * sizeOf(output.slice(0, 3));
    case 'BatchMatMul': {
      // b products of m x k by k x n, either transposed: the sizes bmk, bkn, bmn multiply to b^3 (mkn)^2.
      const batch = sizeOf(output.slice(0, -2));
      return 2 * Math.sqrt((sizeOf(first) * sizeOf(second) * sizeOf(output)) / batch);
    }
    default:
      return 0;
  }
}

function noiseBatch({ batchSize, crop, selection, seed }: TrainConfig): Batch {
  const random = new Random(seed);
  const targets = Object.keys(selection.targets).length;
  const levels = (): Uint8Array =>
    Uint8Array.from({ length: batchSize * crop.width * crop.height * 3 }, () =>
      random.integer(0, 255),
    );
  const labels = (first: number): Int32Array =>
    Int32Array.from({ length: batchSize }, (_, i) => (first + i) % targets);
  return {
    sources: levels(),
    sourceLabels: labels(0),
    ownLabels: labels(1),
    reals: levels(),
    realLabels: labels(0),
  };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1);
}

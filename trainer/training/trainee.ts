import type * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/sampler.ts';
import type { ParameterValues } from '../networks/parameters.ts';
import type { Progress } from './progress.ts';

/** Scalars by name; the caller disposes of them. */
export type StepLosses = Map<string, tf.Scalar>;

/** What a run trains, of whatever family: networks and their optimisers. */
export interface Trainee {
  /** The trained generator's own weights, by name. */
  readonly generator: ReadonlyMap<string, tf.Variable>;
  readonly discriminator: ReadonlyMap<string, tf.Variable>;
  /** Updates made by each optimiser that counts them, by a name that stays the same in checkpoints. */
  optimizerSteps: Readonly<Record<string, number>>;
  /** Factor of every learning rate, 1 but for a run that has to go slower than its schedule. */
  learningRateScale: number;
  /** Batches that a step takes. */
  batchesPerStep(progress: Progress): number;
  /** One step of training. Leaks no tensor but the returned losses. */
  step(batches: readonly Batch[], progress: Progress): StepLosses;
  learningRate(progress: Progress): number;
  /**
   * Makes room for stored tensors that come in only during a run, and drops those that are not yet
   * there; then their names are those of `tensors()`.
   *
   * @param origin where the stored tensors come from
   * @throws Error when this run cannot have them
   */
  makeRoom(stored: ParameterValues, origin: 'checkpoint' | 'warm start'): void;
  /** Every stored tensor by a name that is unique in a checkpoint. */
  tensors(): Map<string, tf.Variable>;
  /**
   * Makes faces over as the exported model will.
   *
   * @param x faces in [-1, 1], [n, h, w, 3]
   * @param target index of the target population
   * @returns the same range, but not clipped to it
   */
  makeOver(x: tf.Tensor4D, target: number): tf.Tensor4D;
  dispose(): void;
}

/** The only batch of a step that takes one. Throws a RangeError for another number of batches. */
export function singleBatch(batches: readonly Batch[]): Batch {
  const [batch, ...others] = batches;
  if (batch === undefined || others.length > 0) {
    throw new RangeError(`the step takes 1 batch, got ${batches.length}`);
  }
  return batch;
}

/** Joins groups of tensors to one map of names such as `generator/head/kernel`. */
export function joinGroups(
  groups: Readonly<Record<string, ReadonlyMap<string, tf.Variable>>>,
): Map<string, tf.Variable> {
  return new Map(
    Object.entries(groups).flatMap(([group, variables]) =>
      [...variables].map(([name, variable]): [string, tf.Variable] => [
        `${group}/${name}`,
        variable,
      ]),
    ),
  );
}

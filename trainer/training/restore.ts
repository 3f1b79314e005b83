import * as tf from '@tensorflow/tfjs';
import type { ParameterValues } from '../networks/parameters.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Trainee } from './trainee.ts';

/**
 * Sets every variable and optimiser counter to a checkpoint's.
 * Throws an Error when the architectures differ.
 */
export function restoreTrainee(trainee: Trainee, { tensors, state }: Checkpoint): void {
  trainee.makeRoom(tensors, 'checkpoint');
  const variables = trainee.tensors();
  const difference = findDifference(variables, tensors);
  if (difference !== undefined) {
    throw new Error(
      `the checkpoint is of another architecture than the run's config.json: ${difference}; put the run's own config.json back`,
    );
  }
  assignTensors(variables, tensors);
  trainee.optimizerSteps = state.optimizerSteps;
}

/** What keeps variables from taking values of the same names; undefined when nothing does. */
export function findDifference(
  variables: ReadonlyMap<string, tf.Variable>,
  values: ParameterValues,
): string | undefined {
  for (const name of new Set([...variables.keys(), ...values.keys()])) {
    const wanted = describeShape(variables.get(name));
    const found = describeShape(values.get(name));
    if (wanted !== found) return `${name} has ${found}, expected ${wanted}`;
  }
  return undefined;
}

/** Sets variables to the values of the same names. */
export function assignTensors(
  variables: ReadonlyMap<string, tf.Variable>,
  values: ParameterValues,
): void {
  for (const [name, { shape, data }] of values) {
    tf.tidy(() => variables.get(name)?.assign(tf.tensor(data.slice(), [...shape], 'float32')));
  }
}

function describeShape(value: { readonly shape: readonly number[] } | undefined): string {
  return value === undefined ? 'no such tensor' : `shape [${value.shape.join(', ')}]`;
}

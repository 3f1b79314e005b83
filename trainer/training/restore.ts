import * as tf from '@tensorflow/tfjs';
import type { Checkpoint } from './checkpoint.ts';
import type { TrainedModel } from './model.ts';

/** Sets every variable and optimiser counter to a checkpoint's. Throws when a tensor is missing. */
export function restoreModel(model: TrainedModel, checkpoint: Checkpoint): void {
  for (const [name, variable] of model.tensors()) {
    const value = checkpoint.tensors.get(name);
    if (value === undefined || value.shape.join() !== variable.shape.join()) {
      throw new Error(
        `the checkpoint's ${name} has shape [${value?.shape.join() ?? ''}], this run's network needs [${variable.shape.join()}]`,
      );
    }
    tf.tidy(() => variable.assign(tf.tensor(value.data.slice(), [...value.shape], 'float32')));
  }
  model.generatorAdam.steps = checkpoint.state.generatorAdamSteps;
  model.discriminatorAdam.steps = checkpoint.state.discriminatorAdamSteps;
}

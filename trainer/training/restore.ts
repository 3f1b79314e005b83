import * as tf from '@tensorflow/tfjs';
import { type Checkpoint, tensorGroup } from './checkpoint.ts';
import type { TrainedModel } from './model.ts';
import { frozenStatistics } from './norm-statistics.ts';

/**
 * Sets every variable and optimiser counter to a checkpoint's; normalisations are frozen where the
 * checkpoint's are. Throws an Error when a tensor is missing.
 */
export function restoreModel(model: TrainedModel, checkpoint: Checkpoint): void {
  const statistics = frozenStatistics(tensorGroup(checkpoint, 'generator'));
  if (statistics.size > 0 && model.freezeNormFrom === undefined) {
    throw new Error(
      "the checkpoint has frozen normalisations and the run's config.json has no freezeNormFrom: one of them is of another run",
    );
  }
  model.freezeNorms(statistics);
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

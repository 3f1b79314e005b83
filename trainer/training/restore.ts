import * as tf from '@tensorflow/tfjs';
import { type Checkpoint, tensorGroup } from './checkpoint.ts';
import type { TrainedModel } from './model.ts';
import { frozenStatistics } from './norm-statistics.ts';

/**
 * Sets every variable and optimiser counter to a checkpoint's; normalisations are frozen where the
 * checkpoint's are. Throws an Error when the architectures differ.
 */
export function restoreModel(model: TrainedModel, checkpoint: Checkpoint): void {
  const statistics = frozenStatistics(tensorGroup(checkpoint, 'generator'));
  if (statistics.size > 0 && model.freezeNormFrom === undefined) {
    throw new Error(
      "the checkpoint has frozen normalisations and the run's config.json has no freezeNormFrom: one of them is of another run",
    );
  }
  model.freezeNorms(statistics);
  const variables = model.tensors();
  for (const [name, { shape }] of variables) {
    const found = checkpoint.tensors.get(name)?.shape;
    if (found?.join() !== shape.join()) {
      throw new Error(
        `the checkpoint is of another architecture than the run's config.json: ${name} has shape [${found?.join() ?? ''}], expected [${shape.join()}]; put the run's own config.json back`,
      );
    }
  }
  for (const [name, { shape, data }] of checkpoint.tensors) {
    tf.tidy(() => variables.get(name)?.assign(tf.tensor(data.slice(), [...shape], 'float32')));
  }
  model.generatorAdam.steps = checkpoint.state.generatorAdamSteps;
  model.discriminatorAdam.steps = checkpoint.state.discriminatorAdamSteps;
}

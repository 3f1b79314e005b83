import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs';
import type { ParameterValues } from '../networks/parameters.ts';
import { encodeTensors } from '../networks/tensor-file.ts';
import { loadCheckpoint, tensorGroup } from './checkpoint.ts';
import type { TrainedModel } from './model.ts';
import { frozenStatistics } from './norm-statistics.ts';

/** Both networks and the average, from which a new run may go on with fresh optimisers. */
export interface WarmStart {
  /** By name: `generator/…`, `ema/…` and `discriminator/…`. */
  readonly tensors: ParameterValues;
  readonly sha256: string;
}

/** Reads the weights of a run's last checkpoint. Throws an Error when it has none. */
export async function readWarmStart(runFolder: string): Promise<WarmStart> {
  const checkpoint = await loadCheckpoint(runFolder, console.warn);
  if (checkpoint === undefined) throw new Error(`${runFolder} has no checkpoint to go on from`);
  const tensors = new Map(
    [...checkpoint.tensors].filter(([name]) => /^(generator|ema|discriminator)\//.test(name)),
  );
  const { bytes } = encodeTensors(tensors);
  return { tensors, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/**
 * Sets both networks and the average. Normalisations that are frozen stay so.
 *
 * @throws Error when the architectures differ, or when frozen normalisations would have to thaw
 */
export function applyWarmStart(model: TrainedModel, { tensors }: WarmStart): void {
  const statistics = frozenStatistics(tensorGroup({ tensors }, 'generator'));
  if (statistics.size > 0 && model.freezeNormFrom !== 0) {
    throw new Error(
      'the weights to go on from have frozen normalisations, which cannot thaw: add --freeze-norm 0, which keeps them',
    );
  }
  model.freezeNorms(statistics);
  for (const [name, variable] of model.tensors()) {
    if (name.includes('-adam/')) continue;
    const value = tensors.get(name);
    if (value === undefined || value.shape.join() !== variable.shape.join()) {
      throw new Error(
        `the weights to go on from have ${name} of shape [${value?.shape.join() ?? ''}], this run's network needs [${variable.shape.join()}]`,
      );
    }
    tf.tidy(() => variable.assign(tf.tensor(value.data.slice(), [...value.shape], 'float32')));
  }
}

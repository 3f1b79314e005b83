import * as tf from '@tensorflow/tfjs';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import type { TfjsModel } from '../tfjs-model/read.ts';
import { registerSubtract } from './subtract.ts';
import { checkTopology } from './topology.ts';

/**
 * Builds a layers model from its topology and weights on the active tf.js backend.
 *
 * @throws InvalidModelError when its layers or the links between them cannot be converted, or a weight
 *   is missing or of another shape
 */
export async function loadLayersModel({
  artifacts,
}: Pick<TfjsModel, 'artifacts'>): Promise<tf.LayersModel> {
  checkTopology(artifacts.modelTopology);
  registerSubtract();
  try {
    return await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new InvalidModelError(`tf.js cannot build the model: ${reason}`, { cause });
  }
}

import * as tf from '@tensorflow/tfjs';
import { readTfjsArtifacts, type TfjsModel } from '../tfjs-model/read.ts';

/**
 * A graph model that tf.js has loaded, as it would be read from disk.
 *
 * @throws InvalidModelError as `readTfjsArtifacts` does
 */
export async function graphModelInMemory(model: tf.GraphModel): Promise<TfjsModel> {
  let artifacts: tf.io.ModelArtifacts = {};
  await model.save(
    tf.io.withSaveHandler(async (saved) => {
      artifacts = saved;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' as const } };
    }),
  );
  return readTfjsArtifacts(artifacts);
}

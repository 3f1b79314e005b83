import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';

/** What `model.save()` hands to a handler. */
export async function artifactsOf(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts = {};
  await model.save(
    tf.io.withSaveHandler(async (saved) => {
      artifacts = saved;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return artifacts;
}

/**
 * Writes a layers model as tf.js does: `model.json` and `weights.bin`.
 *
 * @param change edits the JSON before it is written
 * @returns the path of `model.json`
 */
export async function saveLayersModel(
  model: tf.LayersModel,
  folder: string,
  change: (text: string) => string = (text) => text,
): Promise<string> {
  const { weightSpecs = [], weightData = [], ...rest } = await artifactsOf(model);
  const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
  await writeFile(
    join(folder, 'weights.bin'),
    new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)),
  );
  const path = join(folder, 'model.json');
  await writeFile(path, change(JSON.stringify({ ...rest, weightsManifest })));
  return path;
}

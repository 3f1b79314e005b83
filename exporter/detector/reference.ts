import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { type GraphDefinition, readGraphDefinition } from '../graph-model/graph-definition.ts';
import { readTfjsModel } from '../tfjs-model/read.ts';
import { BOX_NODES, DETECTOR_SIZE, SCORE_NODES } from './network.ts';

/** BlazeFace as `@vladmandic/human` ships it. */
export async function readBlazeface(): Promise<GraphDefinition> {
  // The package exports its code only; its models lie beside the folder of its entry point.
  const entry = createRequire(import.meta.url).resolve('@vladmandic/human');
  const path = join(dirname(entry), '..', 'models', 'blazeface.json');
  return readGraphDefinition(await readTfjsModel(path));
}

/**
 * What tf.js's own BlazeFace gives for uint8 images [n, 256, 256, 3].
 *
 * @returns `boxes` [n, 896, 16] and `scores` [n, 896, 1] in the layout of the exported model
 */
export async function runBlazeface(
  definition: GraphDefinition,
  images: Uint8Array,
): Promise<{ boxes: Float32Array; scores: Float32Array }> {
  const model = await tf.loadGraphModel(tf.io.fromMemory(definition.artifacts));
  const size = DETECTOR_SIZE * DETECTOR_SIZE * 3;
  const boxes: number[] = [];
  const scores: number[] = [];
  // One by one: the model's reshapes fix its batch to 1.
  for (let start = 0; start < images.length; start += size) {
    tf.tidy(() => {
      const levels = tf.tensor4d(Float32Array.from(images.subarray(start, start + size)), [
        1,
        DETECTOR_SIZE,
        DETECTOR_SIZE,
        3,
      ]);
      const x = tf.sub(tf.div(levels, 127.5), 1);
      const names = [...SCORE_NODES, ...BOX_NODES];
      const outputs = model.execute(x, names) as tf.Tensor[];
      const [scores16, scores8, boxes16, boxes8] = outputs.map((output) => output.dataSync());
      for (const part of [scores16, scores8]) scores.push(...(part as Float32Array));
      for (const part of [boxes16, boxes8]) boxes.push(...(part as Float32Array));
    });
  }
  model.dispose();
  return { boxes: Float32Array.from(boxes), scores: Float32Array.from(scores) };
}

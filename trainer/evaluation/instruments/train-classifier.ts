import * as tf from '@tensorflow/tfjs';
import type { CelebaFace, CelebaFolder } from '../../data/celeba.ts';
import type { CropStore } from '../../data/crop-file.ts';
import { copyCrop, randomView } from '../../data/crop-view.ts';
import { createVariables, type ParameterValue, readValues } from '../../networks/parameters.ts';
import { Random } from '../../random.ts';
import { Adam } from '../../training/adam.ts';
import { gradientsByName } from '../../training/gradients.ts';
import { toPixelRange } from '../../training/steps.ts';
import { augmentFace } from './augment.ts';
import { type ClassifierConfig, classify, halve, initClassifier } from './classifier.ts';

/**
 * Trains C_eval on the given faces, all attributes at once, by binary cross-entropy.
 *
 * @param store decoded with a margin of `config.shift`
 * @param report told after each epoch
 */
export async function trainClassifier(
  config: ClassifierConfig,
  folder: CelebaFolder,
  faces: readonly CelebaFace[],
  store: CropStore,
  report: (epoch: number, loss: number) => void,
): Promise<Map<string, ParameterValue>> {
  const random = new Random(config.seed);
  const variables = createVariables(
    initClassifier(config, halfSize(store), folder.attributes.length, random),
  );
  const adam = new Adam(variables, 0.9, 0.999);
  const order = faces.map((_, i) => i);
  const batches = Math.floor(faces.length / config.batchSize);
  for (let epoch = 0; epoch < config.epochs; epoch++) {
    random.shuffle(order);
    let sum = 0;
    for (let b = 0; b < batches; b++) {
      const rows = order.slice(b * config.batchSize, (b + 1) * config.batchSize);
      const chosen = rows.map((row) => faces[row] as CelebaFace);
      const fraction = (epoch * batches + b) / (config.epochs * batches);
      const rate = (config.learningRate * (1 + Math.cos(Math.PI * fraction))) / 2;
      sum += await trainBatch(config, variables, adam, chosen, store, random, rate);
    }
    report(epoch + 1, sum / batches);
  }
  const values = readValues(variables);
  adam.dispose();
  tf.dispose([...variables.values()]);
  return values;
}

async function trainBatch(
  config: ClassifierConfig,
  variables: ReadonlyMap<string, tf.Variable>,
  adam: Adam,
  faces: readonly CelebaFace[],
  store: CropStore,
  random: Random,
  learningRate: number,
): Promise<number> {
  const x = await augmentedFaces(faces, store, random);
  const labels = tf.tensor2d(
    faces.map((face) => face.has.map((has) => smoothLabel(has, config.labelSmoothing))),
  );
  const { value, gradients } = gradientsByName(
    () =>
      tf.losses.sigmoidCrossEntropy<tf.Tensor, tf.Scalar>(labels, classify(config, variables, x)),
    variables,
  );
  adam.apply(gradients, learningRate);
  const loss = value.dataSync()[0] as number;
  tf.dispose([x, labels, value, ...gradients.values()]);
  return loss;
}

async function augmentedFaces(
  faces: readonly CelebaFace[],
  store: CropStore,
  random: Random,
): Promise<tf.Tensor4D> {
  const { height, width } = halfSize(store);
  const levels = new Uint8Array(faces.length * height * width * 3);
  const full = new Uint8Array(store.crop.height * store.crop.width * 3);
  // One after the other, so that the draws of `random` do not depend on timing.
  for (const [i, face] of faces.entries()) {
    copyCrop(store, face.file, randomView(store, random), full, 0);
    const small = halve(full, store.crop.width, store.crop.height);
    levels.set(await augmentFace(small, width, height, random), i * small.length);
  }
  return toPixelRange(levels, [faces.length, height, width, 3]);
}

function halfSize({ crop }: CropStore): { height: number; width: number } {
  return { height: crop.height / 2, width: crop.width / 2 };
}

function smoothLabel(has: boolean, smoothing: number): number {
  return has ? 1 - smoothing / 2 : smoothing / 2;
}

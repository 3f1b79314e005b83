import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import {
  type GraphDefinition,
  readGraphDefinition,
} from '../../exporter/graph-model/graph-definition.ts';
import { readTfjsModel } from '../../exporter/tfjs-model/read.ts';

/** A model of the package `@vladmandic/human`, and what its input means. */
export interface HumanModel {
  readonly name: string;
  /** Side of the square input in px. */
  readonly side: number;
  /** What it takes for black and white. */
  readonly range: readonly [black: number, white: number];
  /** Its reshapes fix the batch to 1. */
  readonly isSingle: boolean;
  /** What each output's differences are measured in: its name, and how much 1 is. */
  readonly units: Readonly<Record<string, number>>;
}

/** The models that the exporter is held to convert. Points are in px of the input. */
export const HUMAN_MODELS: readonly HumanModel[] = [
  {
    name: 'blazeface',
    side: 256,
    range: [-1, 1],
    isSingle: true,
    // Box values in px; logits have no unit, see `probabilities`.
    units: { Identity_2: 256, Identity_3: 256 },
  },
  {
    name: 'facemesh',
    side: 192,
    range: [0, 1],
    isSingle: false,
    units: { Identity_2: 192, Identity_1: 1, Identity: 192 },
  },
  {
    name: 'faceres',
    side: 224,
    range: [0, 255],
    isSingle: false,
    units: { 'gender_pred/Sigmoid': 1, 'age_pred/Softmax': 1 },
  },
  { name: 'iris', side: 64, range: [0, 1], isSingle: false, units: { Identity: 64 } },
];

/** Reads a model as the package ships it. */
export async function readHumanModel(name: string): Promise<GraphDefinition> {
  const entry = createRequire(import.meta.url).resolve('@vladmandic/human');
  const path = join(dirname(entry), '..', 'models', `${name}.json`);
  return readGraphDefinition(await readTfjsModel(path));
}

/**
 * The middle square of pictures as a model takes them.
 *
 * @param pictures encoded files
 * @returns float32 [n, side, side, 3]
 */
export async function pictureTensor(
  pictures: readonly Uint8Array[],
  { side, range: [black, white] }: HumanModel,
): Promise<tf.Tensor4D> {
  const levels = await Promise.all(
    pictures.map((picture) => {
      return sharp(picture)
        .rotate()
        .removeAlpha()
        .toColourspace('srgb')
        .resize(side, side)
        .raw()
        .toBuffer();
    }),
  );
  const values = Float32Array.from(Buffer.concat(levels), (level) => {
    return black + ((white - black) * level) / 255;
  });
  return tf.tensor4d(values, [pictures.length, side, side, 3]);
}

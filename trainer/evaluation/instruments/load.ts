import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { CropGeometry } from '../../../models/contract/crop.ts';
import { cacheDirectory } from '../../cache.ts';
import type { CelebaFace, CelebaFolder } from '../../data/celeba.ts';
import { centreCrops } from '../../data/crop-view.ts';
import { loadCrops } from '../../data/crops.ts';
import { writeFolderAtomically } from '../../files.ts';
import { createVariables, type ParameterValue, type Weights } from '../../networks/parameters.ts';
import { decodeTensors, encodeTensors, type TensorIndex } from '../../networks/tensor-file.ts';
import { toPixelRange } from '../../training/steps.ts';
import { type Features, featureRow } from '../features.ts';
import { JUDGES } from '../rows.ts';
import {
  type ClassifierConfig,
  classify,
  embed,
  halve,
  hashClassifierConfig,
} from './classifier.ts';
import type { Instrument } from './instrument.ts';
import { fitRidge } from './ridge.ts';
import { trainClassifier } from './train-classifier.ts';

/** Faces that are classified at once. */
const BATCH = 256;

/** What measures makeovers: two judges of attributes, and the embedding of the first. */
export interface Instruments {
  readonly judges: readonly Instrument[];
  /** The name of the instrument whose embedding it is. */
  readonly embeddedBy: string;
  /**
   * C_eval's embedding of faces.
   *
   * @param levels uint8 RGB at crop size, [n, h, w, 3]
   */
  readonly embed: (levels: Uint8Array, count: number) => Features;
}

/**
 * Both instruments for a data set, trained on split 0. The classifier is kept in the user's cache, since
 * it takes minutes; the ridge regression takes seconds and is fitted anew.
 */
export async function loadInstruments(
  config: ClassifierConfig,
  folder: CelebaFolder,
  crop: CropGeometry,
  report: (message: string) => void,
): Promise<Instruments> {
  const faces = folder.faces.filter((face) => face.split === 0);
  const store = await loadCrops(folder, faces, crop, config.shift);
  const readable = faces.filter((face) => store.index.has(face.file));
  const path = classifierPath(config, folder, crop);
  let values = await readClassifier(path);
  if (values === undefined) {
    report(`training C_eval on ${readable.length} faces, ${config.epochs} epochs`);
    values = await trainClassifier(config, folder, readable, store, (epoch, loss) =>
      report(`C_eval epoch ${epoch} of ${config.epochs}: loss ${loss.toFixed(4)}`),
    );
    await writeClassifier(path, values);
  }
  const levels = centreCrops(
    store,
    readable.map((face) => face.file),
  );
  const weights = createVariables(values);
  const ridge = fitRidge(
    crop,
    levels,
    readable.map((face: CelebaFace) => face.has),
  );
  const classifier = classifierInstrument(config, weights, crop);
  return {
    judges: [classifier, ridge].map(({ name, score }) => ({ name, score: rememberFaces(score) })),
    embeddedBy: classifier.name,
    embed: rememberFaces((all, count) =>
      runClassifier((x) => embed(config, weights, x), crop, all, count),
    ),
  };
}

/** Answers from memory for faces seen before, since several figures ask the same of them. */
function rememberFaces<T>(
  look: (levels: Uint8Array, count: number) => T,
): (levels: Uint8Array, count: number) => T {
  const answers = new WeakMap<Uint8Array, T>();
  return (levels, count) => {
    const answer = answers.get(levels) ?? look(levels, count);
    answers.set(levels, answer);
    return answer;
  };
}

/** The classifier if it has been trained for a data set already, e.g. to compare checkpoints. */
export async function loadCachedClassifier(
  config: ClassifierConfig,
  folder: CelebaFolder,
  crop: CropGeometry,
): Promise<Instrument | undefined> {
  const values = await readClassifier(classifierPath(config, folder, crop));
  if (values === undefined) return undefined;
  return classifierInstrument(config, createVariables(values), crop);
}

function classifierInstrument(
  config: ClassifierConfig,
  weights: Weights,
  crop: CropGeometry,
): Instrument {
  return {
    name: JUDGES.network,
    score: (levels, count) => {
      const scores = runClassifier((x) => classify(config, weights, x), crop, levels, count);
      return Array.from({ length: count }, (_, i) => [...featureRow(scores, i)]);
    },
  };
}

function classifierPath(
  config: ClassifierConfig,
  folder: CelebaFolder,
  crop: CropGeometry,
): string {
  const key = createHash('sha256')
    .update(JSON.stringify([hashClassifierConfig(config), folder.sha256, crop]))
    .digest('hex');
  return join(cacheDirectory(), `c-eval-${key.slice(0, 24)}`);
}

/** Runs a network on halved faces, some at once. */
function runClassifier(
  network: (x: tf.Tensor4D) => tf.Tensor2D,
  crop: CropGeometry,
  levels: Uint8Array,
  count: number,
): Features {
  const bytes = crop.width * crop.height * 3;
  return tf.tidy(() => {
    const outputs: tf.Tensor2D[] = [];
    for (let first = 0; first < count; first += BATCH) {
      const size = Math.min(BATCH, count - first);
      const small = new Uint8Array((size * bytes) / 4);
      for (let i = 0; i < size; i++) {
        const face = levels.subarray((first + i) * bytes, (first + i + 1) * bytes);
        small.set(halve(face, crop.width, crop.height), (i * bytes) / 4);
      }
      const shape: [number, number, number, number] = [size, crop.height / 2, crop.width / 2, 3];
      outputs.push(tf.tidy(() => network(toPixelRange(small, shape))));
    }
    const rows = tf.concat(outputs);
    return { data: rows.dataSync<'float32'>(), count, size: rows.shape[1] };
  });
}

async function readClassifier(path: string): Promise<Map<string, ParameterValue> | undefined> {
  try {
    const index = JSON.parse(await readFile(join(path, 'index.json'), 'utf8')) as TensorIndex;
    return decodeTensors(index, await readFile(join(path, 'tensors.bin')));
  } catch {
    return undefined;
  }
}

async function writeClassifier(
  path: string,
  values: ReadonlyMap<string, ParameterValue>,
): Promise<void> {
  const { index, bytes } = encodeTensors(values);
  await mkdir(cacheDirectory(), { recursive: true });
  // A damaged one may be in the way.
  await rm(path, { recursive: true, force: true });
  await writeFolderAtomically(path, { 'tensors.bin': bytes, 'index.json': JSON.stringify(index) });
}

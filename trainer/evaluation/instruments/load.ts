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
import { type ClassifierConfig, classify, halve, hashClassifierConfig } from './classifier.ts';
import type { Instrument } from './instrument.ts';
import { fitRidge } from './ridge.ts';
import { trainClassifier } from './train-classifier.ts';

/** Faces that are classified at once. */
const BATCH = 256;

/**
 * Both instruments for a data set, trained on split 0. The classifier is kept in the user's cache, since
 * it takes minutes; the ridge regression takes seconds and is fitted anew.
 */
export async function loadInstruments(
  config: ClassifierConfig,
  folder: CelebaFolder,
  crop: CropGeometry,
  report: (message: string) => void,
): Promise<Instrument[]> {
  const faces = folder.faces.filter((face) => face.split === 0);
  const store = await loadCrops(folder, faces, crop, config.shift);
  const readable = faces.filter((face) => store.index.has(face.file));
  const key = createHash('sha256')
    .update(JSON.stringify([hashClassifierConfig(config), folder.sha256, crop]))
    .digest('hex');
  const path = join(cacheDirectory(), `c-eval-${key.slice(0, 24)}`);
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
  const ridge = fitRidge(
    crop,
    levels,
    readable.map((face: CelebaFace) => face.has),
  );
  return [classifierInstrument(config, createVariables(values), crop), ridge];
}

function classifierInstrument(
  config: ClassifierConfig,
  weights: Weights,
  crop: CropGeometry,
): Instrument {
  const bytes = crop.width * crop.height * 3;
  const score = (levels: Uint8Array, count: number): number[][] => {
    const scores: number[][] = [];
    for (let first = 0; first < count; first += BATCH) {
      const size = Math.min(BATCH, count - first);
      const small = new Uint8Array((size * bytes) / 4);
      for (let i = 0; i < size; i++) {
        const face = levels.subarray((first + i) * bytes, (first + i + 1) * bytes);
        small.set(halve(face, crop.width, crop.height), (i * bytes) / 4);
      }
      const rows = tf.tidy(() =>
        classify(
          config,
          weights,
          toPixelRange(small, [size, crop.height / 2, crop.width / 2, 3]),
        ).arraySync(),
      );
      scores.push(...rows);
    }
    return scores;
  };
  return { name: 'C_eval', score };
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

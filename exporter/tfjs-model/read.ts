import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { InvalidModelError } from './invalid-model-error.ts';
import { locateModel, nameOtherFormat } from './other-formats.ts';
import { readWeightFiles, readWeightGroups } from './weight-files.ts';
import { decodeWeights, type WeightMap } from './weights.ts';

/** A tf.js model from disk, checked and in memory. */
export interface TfjsModel {
  readonly format: 'layers-model' | 'graph-model';
  /** What `tf.loadLayersModel` or `tf.loadGraphModel` takes through `tf.io.fromMemory`. */
  readonly artifacts: tf.io.ModelArtifacts;
  /** The weights of `artifacts`, decoded. */
  readonly weights: WeightMap;
}

/** The fields of `model.json` that are read here. */
interface ModelJson {
  readonly format?: unknown;
  readonly modelTopology?: unknown;
  readonly weightsManifest?: unknown;
}

/**
 * Reads a tf.js model of either format with its weight files.
 *
 * @param path its `model.json`, under whatever name, or the folder of `model.json`
 * @throws InvalidModelError when it is no tf.js model, or a weight file is missing, of the wrong size
 *   or outside the folder, or a weight is empty, not finite or of a type that no layer reads
 */
export async function readTfjsModel(path: string): Promise<TfjsModel> {
  const jsonPath = await locateModel(path);
  const json = parseModelJson(jsonPath, await readFile(jsonPath));
  const format = modelFormat(jsonPath, json);
  const groups = readWeightGroups(jsonPath, json.weightsManifest);
  const weightSpecs = groups.flatMap(({ weights }) => weights);
  const weightData = await readWeightFiles(dirname(jsonPath), groups);
  const weights = decodeWeights(weightSpecs, weightData);
  const { weightsManifest: _, ...rest } = json;
  return {
    format,
    artifacts: { ...(rest as tf.io.ModelArtifacts), format, weightSpecs, weightData },
    weights,
  };
}

/**
 * Checks a tf.js model in memory, as `tf.io` handlers hand it over.
 *
 * @throws InvalidModelError as `readTfjsModel` does
 */
export function readTfjsArtifacts(artifacts: tf.io.ModelArtifacts): TfjsModel {
  const { modelTopology, weightSpecs = [], weightData = [] } = artifacts;
  if (!isObject(modelTopology)) {
    throw new InvalidModelError('the model has no modelTopology, as model.save() gives it');
  }
  const format = modelFormat('the model', artifacts);
  const data = tf.io.CompositeArrayBuffer.join(weightData);
  return {
    format,
    artifacts: { ...artifacts, format, weightSpecs, weightData: data },
    weights: decodeWeights(weightSpecs, data),
  };
}

function parseModelJson(path: string, content: Buffer): ModelJson {
  const other = nameOtherFormat(path, content);
  if (other !== undefined) throw new InvalidModelError(`${path} is ${other}`);
  let json: unknown;
  try {
    json = JSON.parse(content.toString('utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidModelError(`${path} is not JSON, as a tf.js model is: ${reason}`, { cause });
  }
  if (!isObject(json) || !isObject((json as ModelJson).modelTopology)) {
    throw new InvalidModelError(
      `${path} is JSON, but no tf.js model, which has a modelTopology: expected the model.json that model.save() or tensorflowjs_converter writes`,
    );
  }
  return json;
}

/** Early versions of tf.js did not write the format, but the two topologies share no field. */
function modelFormat(
  path: string,
  { format, modelTopology }: Pick<ModelJson, 'format' | 'modelTopology'>,
): TfjsModel['format'] {
  const inferred = 'node' in (modelTopology as object) ? 'graph-model' : 'layers-model';
  const stated = format ?? inferred;
  if (stated !== 'layers-model' && stated !== 'graph-model') {
    throw new InvalidModelError(
      `${path} has the format ${JSON.stringify(stated)}, expected layers-model or graph-model`,
    );
  }
  if (stated !== inferred) {
    throw new InvalidModelError(
      `${path} is called a ${stated}, but its topology is a ${inferred}'s`,
    );
  }
  return stated;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import * as tf from '@tensorflow/tfjs';
import type { TensorMap } from '../../models/contract/tensor.ts';
import type { Precision } from '../../models/contract/variants.ts';
import { readGraphDefinition } from '../graph-model/graph-definition.ts';
import { graphModelInMemory } from '../graph-model/in-memory.ts';
import { graphNetwork } from '../graph-model/network.ts';
import { loadLayersModel } from '../layers-model/load.ts';
import { layersNetwork } from '../layers-model/network.ts';
import type { ImageRange } from '../onnx/image.ts';
import type { Network } from '../onnx/network.ts';
import { readTfjsArtifacts, type TfjsModel } from '../tfjs-model/read.ts';
import type { IoFormat } from './border.ts';
import { type ConvertedNetwork, convertNetwork } from './convert-network.ts';
import { inPrecision } from './variant.ts';

/** How a model's inputs and outputs are to be. */
export interface BorderChoice {
  /** How maps enter and leave the file (default `float32-nhwc`, as in tf.js). */
  readonly io?: IoFormat;
  /** For `uint8-nhwc`: what the model takes for black and white (default `0..255`). */
  readonly range?: ImageRange;
  /** For `uint8-nhwc`: what its own pictures mean (default: `range`); `float32` leaves them as they are. */
  readonly outputRange?: ImageRange | 'float32';
}

export interface ExportOptions extends BorderChoice {
  /** `fp16` halves the file, `int8` computes convolutions in integers (default `fp32`). */
  readonly variant?: Precision;
  /** For `int8`: inputs as the file takes them, of what the model is for, by the inputs' names. */
  readonly calibration?: readonly TensorMap[];
}

/** A tf.js model in memory: built, or as `tf.io` handlers hand it over. */
export type ExportableModel = tf.LayersModel | tf.GraphModel | tf.io.ModelArtifacts;

/**
 * Converts a tf.js model to an ONNX file of opset 17.
 *
 * @returns the bytes of the file
 * @throws InvalidModelError for a model that cannot be converted, saying what is at fault
 */
export async function exportModel(
  model: ExportableModel,
  options: ExportOptions = {},
): Promise<Uint8Array> {
  const { variant = 'fp32', calibration = [] } = options;
  if (model instanceof tf.LayersModel) {
    const converted = convertModel(layersNetwork(model), 'layers-model', options);
    return inPrecision(converted.model, variant, calibration);
  }
  const read =
    model instanceof tf.GraphModel ? await graphModelInMemory(model) : readTfjsArtifacts(model);
  return inPrecision((await convertArtifacts(read, options)).model, variant, calibration);
}

/** Converts a model that was read from disk, in float32. Throws as `exportModel` does. */
export async function convertArtifacts(
  model: TfjsModel,
  options: BorderChoice,
): Promise<ConvertedNetwork> {
  if (model.format === 'graph-model') {
    return convertModel(graphNetwork(readGraphDefinition(model)), model.format, options);
  }
  const built = await loadLayersModel(model);
  try {
    return convertModel(layersNetwork(built), model.format, options);
  } finally {
    built.dispose();
  }
}

function convertModel(
  network: Network,
  format: TfjsModel['format'],
  { io = 'float32-nhwc', range = '0..255', outputRange = range }: BorderChoice,
): ConvertedNetwork {
  const border = { io, range, outputRange: outputRange === 'float32' ? undefined : outputRange };
  return convertNetwork(network, border, { source: `tf.js ${format}` });
}

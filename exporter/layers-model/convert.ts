import * as tf from '@tensorflow/tfjs';
import { describeDims } from '../onnx/dims.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import { Layer } from './layer.ts';
import { LAYER_KINDS, supportedLayers } from './layer-kinds.ts';

/**
 * Adds the nodes of a layers model to an ONNX graph, named after its layers: the second call of a
 * shared layer is `layer/call2`, layers of an inner model begin with its name.
 *
 * @param inputs what takes the place of the model's inputs, in their order
 * @returns the converted value of each output, in the model's order
 * @throws InvalidModelError for a layer that is not supported, naming it, its place and what is, and
 *   for weights and settings that cannot be converted
 */
export function convertLayersModel(
  graph: GraphBuilder,
  model: tf.LayersModel,
  inputs: readonly TensorValue[],
): TensorValue[] {
  refuseUnknownLayers(model);
  return convertCalls({ graph, prefix: '', calls: new Map() }, model, inputs);
}

/** One use of a model. */
interface Scope {
  readonly graph: GraphBuilder;
  /** What names begin with: empty, or an inner model's name and a slash. */
  readonly prefix: string;
  /** How often each layer was called so far. */
  readonly calls: Map<string, number>;
}

function convertCalls(
  scope: Scope,
  model: tf.LayersModel,
  inputs: readonly TensorValue[],
): TensorValue[] {
  /** By the tensor's id, which is one of a layer's call. */
  const converted = new Map<number, TensorValue>();
  model.inputs.forEach((tensor, i) => {
    const input = inputs[i];
    if (input !== undefined) converted.set(tensor.id, input);
  });
  const convert = (tensor: tf.SymbolicTensor): TensorValue => {
    const done = converted.get(tensor.id);
    if (done !== undefined) return done;
    const node = tensor.sourceLayer.inboundNodes[tensor.nodeIndex];
    if (node === undefined || node.inputTensors.length === 0) {
      throw new InvalidModelError(
        `${tensor.sourceLayer.name} is no input of the model and has none: the graph is cut there`,
      );
    }
    refuseTraining(tensor.sourceLayer, node.callArgs);
    const results = convertLayer(scope, tensor.sourceLayer, node.inputTensors.map(convert));
    node.outputTensors.forEach((output, i) => {
      const result = results[i];
      if (result !== undefined) converted.set(output.id, result);
    });
    return convert(tensor);
  };
  return model.outputs.map(convert);
}

function convertLayer(
  { graph, prefix, calls }: Scope,
  layer: tf.layers.Layer,
  inputs: readonly TensorValue[],
): TensorValue[] {
  const count = (calls.get(layer.name) ?? 0) + 1;
  calls.set(layer.name, count);
  const name = `${prefix}${layer.name}${count === 1 ? '' : `/call${count}`}`;
  if (layer instanceof tf.LayersModel) {
    return convertCalls({ graph, prefix: `${name}/`, calls: new Map() }, layer, inputs);
  }
  const kind = LAYER_KINDS.get(layer.getClassName());
  if (kind === undefined) throw new Error(`${layer.getClassName()} was not refused`);
  const result = describingErrors(layer, () =>
    kind({ graph, name, layer: new Layer(layer), inputs }),
  );
  const empty = result.dims.some((dim) => typeof dim === 'number' && dim < 1);
  if (empty) {
    throw new InvalidModelError(
      `${layer.getClassName()} ${layer.name} gives a tensor ${describeDims(result.dims)}, which has no values: its input is too small`,
    );
  }
  return [result];
}

/** A call in training mode draws at random or takes the statistics of its batch. */
function refuseTraining(
  layer: tf.layers.Layer,
  settings: Readonly<Record<string, unknown>> | undefined,
): void {
  if (settings?.['training'] !== true) return;
  throw new InvalidModelError(
    `${layer.getClassName()} ${layer.name} is called with training: true, which gives other results for each batch`,
  );
}

/** What a helper of the graph refuses is the model's fault. Other errors are ours and pass. */
function describingErrors<T>(layer: tf.layers.Layer, convert: () => T): T {
  try {
    return convert();
  } catch (error) {
    if (!(error instanceof Error) || error.constructor !== Error) throw error;
    throw new InvalidModelError(`${layer.getClassName()} ${error.message}`, { cause: error });
  }
}

function refuseUnknownLayers(model: tf.LayersModel): void {
  const unknown = listUnknownLayers(model, '');
  if (unknown.length > 0) {
    throw new InvalidModelError(
      `cannot convert ${unknown.join(', ')}; supported layers are ${supportedLayers()}`,
    );
  }
}

/** Unsupported layers with their places, such as `LSTM encoder/lstm_1 (layer 4 of 7)`. */
function listUnknownLayers({ layers }: tf.LayersModel, prefix: string): string[] {
  return layers.flatMap((layer, i): string[] => {
    const className = layer.getClassName();
    if (layer instanceof tf.LayersModel) return listUnknownLayers(layer, `${prefix}${layer.name}/`);
    if (className === 'InputLayer' || LAYER_KINDS.has(className)) return [];
    return [`${className} ${prefix}${layer.name} (layer ${i + 1} of ${layers.length})`];
  });
}

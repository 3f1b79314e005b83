import type * as tf from '@tensorflow/tfjs';
import { type Network, networkInput } from '../onnx/network.ts';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import { convertLayersModel } from './convert.ts';

/** A layers model as a network of free batch; heights and widths are free where the model leaves them. */
export function layersNetwork(model: tf.LayersModel): Network {
  // A sequential model has no list of names before its first run.
  const inputs = model.inputs.map(({ sourceLayer: { name }, shape }, i) => {
    const [, ...sizes] = shape.map((size) => size ?? undefined);
    if (sizes.includes(0)) {
      throw new InvalidModelError(`input ${name} has the shape [${shape.join()}], so no values`);
    }
    return networkInput(name, i, [undefined, ...sizes]);
  });
  return {
    name: model.name,
    inputs,
    outputNames: model.outputs.map(({ sourceLayer }) => sourceLayer.name),
    addTo: (graph, values) => convertLayersModel(graph, model, values),
  };
}

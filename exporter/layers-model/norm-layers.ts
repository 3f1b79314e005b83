import { either, listOf, number, object } from '../../models/contract/json-reader.ts';
import { batchNorm, layerNorm } from '../onnx/norms.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import { type LayerCall, onlyInput } from './layer.ts';

function batchNormalization(call: LayerCall): TensorValue {
  const { graph, name, layer } = call;
  const { axis, epsilon } = layer.config(
    object<{ axis: number; epsilon: number }>({
      // Keras writes a list of one.
      axis: (value, path) => (Array.isArray(value) ? number(value[0], path) : number(value, path)),
      epsilon: number,
    }),
  );
  const gamma = layer.optionalWeight('gamma')?.data;
  const beta = layer.optionalWeight('beta')?.data;
  const constants = {
    mean: layer.weight('moving_mean').data,
    variance: layer.weight('moving_variance').data,
    epsilon,
    ...(gamma && { gamma }),
    ...(beta && { beta }),
  };
  return batchNorm(graph, name, onlyInput(call), constants, axis);
}

function layerNormalization(call: LayerCall): TensorValue {
  const { graph, name, layer } = call;
  const { axis, epsilon } = layer.config(
    object<{ axis: number | readonly number[]; epsilon: number }>({
      axis: either(number, listOf(number, 1)),
      epsilon: number,
    }),
  );
  const gamma = layer.optionalWeight('gamma');
  const beta = layer.optionalWeight('beta');
  const constants = { epsilon, ...(gamma && { gamma }), ...(beta && { beta }) };
  const axes = typeof axis === 'number' ? [axis] : axis;
  return layerNorm(graph, name, onlyInput(call), constants, axes);
}

export const NORM_LAYERS = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
} as const;

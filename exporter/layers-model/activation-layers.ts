import {
  either,
  listOf,
  matching,
  number,
  numberFrom,
  object,
  optional,
  text,
} from '../../models/contract/json-reader.ts';
import {
  elu as addElu,
  leakyRelu as addLeakyRelu,
  prelu as addPrelu,
  relu as addRelu,
  softmax as addSoftmax,
  clip,
  unary,
} from '../onnx/activations.ts';
import { withConstant } from '../onnx/elementwise.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import { activate } from './activations.ts';
import { type LayerCall, onlyInput } from './layer.ts';

const nothing = matching('nothing', (value): value is null => value === null);

function activation(call: LayerCall): TensorValue {
  const config = call.layer.config(object<{ activation: string }>({ activation: text }));
  return activate(call.graph, call.name, config.activation, onlyInput(call));
}

function relu(call: LayerCall): TensorValue {
  const { graph, name, layer } = call;
  const reader = object<{ maxValue?: number | null }>({
    maxValue: optional(either(nothing, numberFrom(0))),
  });
  const { maxValue } = layer.config(reader);
  return maxValue === undefined || maxValue === null
    ? addRelu(graph, name, onlyInput(call))
    : clip(graph, name, onlyInput(call), 0, maxValue);
}

function leakyRelu(call: LayerCall): TensorValue {
  const { alpha } = call.layer.config(object<{ alpha: number }>({ alpha: number }));
  return addLeakyRelu(call.graph, call.name, onlyInput(call), alpha);
}

function prelu(call: LayerCall): TensorValue {
  return addPrelu(call.graph, call.name, onlyInput(call), call.layer.weight('alpha'));
}

function elu(call: LayerCall): TensorValue {
  const { alpha } = call.layer.config(object<{ alpha: number }>({ alpha: number }));
  return addElu(call.graph, call.name, onlyInput(call), alpha);
}

/** x where it is greater than theta, else 0. */
function thresholdedRelu(call: LayerCall): TensorValue {
  const { theta } = call.layer.config(object<{ theta: number }>({ theta: numberFrom(0) }));
  const alpha = { float: theta };
  return unary(call.graph, 'ThresholdedRelu', call.name, onlyInput(call), { alpha });
}

function softmax(call: LayerCall): TensorValue {
  const reader = object<{ axis: number | readonly number[] }>({
    axis: either(number, listOf(number, 1)),
  });
  const { axis } = call.layer.config(reader);
  const [first, ...others] = typeof axis === 'number' ? [axis] : axis;
  if (first === undefined || others.length > 0) {
    throw new InvalidModelError(`Softmax ${call.layer.name} has several axes, supported is one`);
  }
  return addSoftmax(call.graph, call.name, onlyInput(call), first);
}

/** scale * x + offset, one number each. */
function rescaling(call: LayerCall): TensorValue {
  const { graph, name, layer } = call;
  const config = layer.config(
    object<{ scale: number; offset: number }>({ scale: number, offset: number }),
  );
  const scale = { shape: [], data: Float32Array.of(config.scale) };
  const offset = { shape: [], data: Float32Array.of(config.offset) };
  const scaled = withConstant(
    graph,
    'Mul',
    `${name}/scaled`,
    onlyInput(call),
    scale,
    `${name}/scale`,
  );
  return withConstant(graph, 'Add', name, scaled, offset, `${name}/offset`);
}

/** Kinds of layers that work on single values. */
export const ACTIVATION_LAYERS = {
  Activation: activation,
  ReLU: relu,
  LeakyReLU: leakyRelu,
  PReLU: prelu,
  ELU: elu,
  ThresholdedReLU: thresholdedRelu,
  Softmax: softmax,
  Rescaling: rescaling,
} as const;

import {
  either,
  integerFrom,
  listOf,
  matching,
  object,
  oneOf,
  type Reader,
} from '../../models/contract/json-reader.ts';
import { crop, zeroPad } from '../onnx/borders.ts';
import { type Dim, describeDims, productOf } from '../onnx/dims.ts';
import { type Interpolation, upsample } from '../onnx/resize.ts';
import { flatten as addFlatten, reshape as addReshape, permuteAxes } from '../onnx/shapes.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import type { Pads } from '../onnx/windows.ts';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import { type LayerCall, onlyInput } from './layer.ts';
import { channelsLast, pair } from './settings.ts';

/** [before, after] of an axis. */
const pads: Reader<Pads> = (value, path) => {
  const [begin = 0, end = 0] = listOf(integerFrom(0), 2)(value, path);
  return { begin, end };
};

function zeroPadding2d(call: LayerCall): TensorValue {
  const { padding } = call.layer.config(
    object<{ padding: readonly Pads[]; dataFormat: 'channelsLast' }>({
      padding: listOf(pads, 2),
      dataFormat: channelsLast,
    }),
  );
  const [vertical, horizontal] = padding as [Pads, Pads];
  return zeroPad(call.graph, call.name, onlyInput(call), vertical, horizontal);
}

function cropping2d(call: LayerCall): TensorValue {
  const { cropping } = call.layer.config(
    object<{ cropping: readonly Pads[]; dataFormat: 'channelsLast' }>({
      cropping: listOf(pads, 2),
      dataFormat: channelsLast,
    }),
  );
  const [vertical, horizontal] = cropping as [Pads, Pads];
  return crop(call.graph, call.name, onlyInput(call), vertical, horizontal);
}

function upSampling2d(call: LayerCall): TensorValue {
  const { size, interpolation } = call.layer.config(
    object<{
      size: readonly [number, number];
      interpolation: Interpolation;
      dataFormat: 'channelsLast';
    }>({ size: pair, interpolation: oneOf('nearest', 'bilinear'), dataFormat: channelsLast }),
  );
  return upsample(call.graph, call.name, onlyInput(call), size, interpolation);
}

function flatten(call: LayerCall): TensorValue {
  call.layer.config(object<{ dataFormat: 'channelsLast' }>({ dataFormat: channelsLast }));
  return addFlatten(call.graph, call.name, onlyInput(call));
}

/** A size, or null for the one that is computed from the others. */
const targetSize = either(
  integerFrom(1),
  matching('a size', (value): value is null => value === null),
);

function reshape(call: LayerCall): TensorValue {
  const { graph, name, layer } = call;
  const x = onlyInput(call);
  const { targetShape } = layer.config(
    object<{ targetShape: readonly (number | null)[] }>({ targetShape: listOf(targetSize, 1) }),
  );
  const [batch, ...rest] = x.dims;
  const known = targetShape.reduce<number>((size, dim) => size * (dim ?? 1), 1);
  const total = productOf(rest);
  const missing = typeof total === 'number' ? total / known : undefined;
  const dims = targetShape.map((dim): Dim => {
    if (dim !== null) return dim;
    if (missing !== undefined) return missing;
    throw new InvalidModelError(
      `Reshape ${layer.name} computes a size from a tensor ${describeDims(x.dims)} of free size: fix the model's input shape`,
    );
  });
  return addReshape(graph, name, x, [batch as Dim, ...dims]);
}

function permute(call: LayerCall): TensorValue {
  const reader = object<{ dims: readonly number[] }>({ dims: listOf(integerFrom(1), 1) });
  const { dims } = call.layer.config(reader);
  return permuteAxes(call.graph, call.name, onlyInput(call), [0, ...dims]);
}

/** Kinds of layers that move values without computing. */
export const SHAPE_LAYERS = {
  ZeroPadding2D: zeroPadding2d,
  Cropping2D: cropping2d,
  UpSampling2D: upSampling2d,
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
} as const;

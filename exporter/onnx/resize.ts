import { multiplyDim } from './dims.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import { toChannelsFirst } from './layouts.ts';
import { mapDims, type TensorValue } from './tensor-value.ts';

export type Interpolation = 'nearest' | 'bilinear';

/**
 * Where an output pixel lies in the input: `asymmetric` x / scale, what tf.js does by default and in
 * its layers, `half-pixel` (x + 0.5) / scale - 0.5, `align-corners` with the corners' centres fixed.
 */
export type Coordinates = 'asymmetric' | 'half-pixel' | 'align-corners';

/** How tf.js rounds to the nearest pixel in each of them. */
const NEAREST_MODES: Readonly<Record<Coordinates, string>> = {
  asymmetric: 'floor',
  'half-pixel': 'round_prefer_ceil',
  'align-corners': 'round_prefer_ceil',
};

/** A map enlarged by whole factors of height and width. */
export function upsample(
  graph: GraphBuilder,
  name: string,
  input: TensorValue,
  [vertical, horizontal]: readonly [number, number],
  interpolation: Interpolation = 'nearest',
  coordinates: Coordinates = 'asymmetric',
): TensorValue {
  const x = toChannelsFirst(graph, name, input);
  const { batch, height, width, channels } = mapDims(name, x);
  const factors = Float32Array.of(1, 1, vertical, horizontal);
  const scales = graph.initializer(`${name}/scales`, [4], factors);
  return {
    value: addResize(graph, name, [x.value, '', scales], interpolation, coordinates),
    dims: [batch, multiplyDim(height, vertical), multiplyDim(width, horizontal), channels],
    layout: 'channels-first',
  };
}

/** A map brought to a fixed height and width. */
export function resizeTo(
  graph: GraphBuilder,
  name: string,
  input: TensorValue,
  [height, width]: readonly [number, number],
  interpolation: Interpolation,
  coordinates: Coordinates,
): TensorValue {
  const x = toChannelsFirst(graph, name, input);
  const { batch, channels } = mapDims(name, x);
  // Sizes are given for all four axes: the batch's is read from the value.
  const whole = graph.op('Shape', `${name}/whole`, [x.value], { start: 0, end: 2 });
  const target = graph.integers(`${name}/target`, [height, width]);
  const sizes = graph.op('Concat', `${name}/sizes`, [whole, target], { axis: 0 });
  return {
    value: addResize(graph, name, [x.value, '', '', sizes], interpolation, coordinates),
    dims: [batch, height, width, channels],
    layout: 'channels-first',
  };
}

function addResize(
  graph: GraphBuilder,
  name: string,
  inputs: readonly Value[],
  interpolation: Interpolation,
  coordinates: Coordinates,
): Value {
  return graph.op('Resize', name, inputs, {
    mode: interpolation === 'nearest' ? 'nearest' : 'linear',
    coordinate_transformation_mode: coordinates.replace('-', '_'),
    ...(interpolation === 'nearest' && { nearest_mode: NEAREST_MODES[coordinates] }),
  });
}

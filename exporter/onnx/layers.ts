import type { GraphBuilder, Value } from './graph-builder.ts';
import { hwioToOihw, type Pads } from './layout.ts';

/**
 * Layers on NCHW values whose nominal size is known. The size decides the padding and the operation
 * count; the file itself may leave height and width free.
 */
export interface FeatureMap {
  readonly value: Value;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

export interface ConvKernel {
  /** [h, w, in, out] as in tf.js; for a grouped convolution `in` is the channels per group. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface ConvOptions {
  readonly bias?: Float32Array;
  readonly stride?: number;
  readonly vertical: Pads;
  readonly horizontal: Pads;
  readonly groups?: number;
}

/** A convolution; throws when the kernel does not fit the input's channels. */
export function conv(
  graph: GraphBuilder,
  name: string,
  x: FeatureMap,
  kernel: ConvKernel,
  { bias, stride = 1, vertical, horizontal, groups = 1 }: ConvOptions,
): FeatureMap {
  const [kh, kw, inputs, outputs] = kernel.shape as [number, number, number, number];
  if (inputs * groups !== x.channels) {
    throw new Error(`${name}: kernel [${kernel.shape.join()}] does not fit ${x.channels} channels`);
  }
  const values = [
    x.value,
    graph.initializer(
      `${name}/kernel`,
      [outputs, inputs, kh, kw],
      hwioToOihw(kernel.data, kernel.shape),
    ),
  ];
  if (bias) values.push(graph.initializer(`${name}/bias`, [outputs], bias));
  const value = graph.op('Conv', name, values, {
    kernel_shape: [kh, kw],
    strides: [stride, stride],
    pads: [vertical.begin, horizontal.begin, vertical.end, horizontal.end],
    group: groups,
  });
  const height = Math.floor((x.height + vertical.begin + vertical.end - kh) / stride) + 1;
  const width = Math.floor((x.width + horizontal.begin + horizontal.end - kw) / stride) + 1;
  graph.flop += 2 * kh * kw * inputs * outputs * height * width;
  return { value, channels: outputs, height, width };
}

export function relu(graph: GraphBuilder, name: string, x: FeatureMap): FeatureMap {
  return { ...x, value: graph.op('Relu', name, [x.value]) };
}

export function add(graph: GraphBuilder, name: string, a: FeatureMap, b: FeatureMap): FeatureMap {
  if (a.channels !== b.channels || a.height !== b.height || a.width !== b.width) {
    throw new Error(`${name}: cannot add ${describe(b)} to ${describe(a)}`);
  }
  return { ...a, value: graph.op('Add', name, [a.value, b.value]) };
}

/** Every pixel four times (nearest neighbour). */
export function enlarge(graph: GraphBuilder, name: string, x: FeatureMap): FeatureMap {
  const scales = graph.initializer(`${name}/scales`, [4], Float32Array.of(1, 1, 2, 2));
  const value = graph.op('Resize', name, [x.value, '', scales], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
  return { ...x, value, height: 2 * x.height, width: 2 * x.width };
}

/** Mean of 2x2 px; an odd last row or column is dropped. */
export function halve(graph: GraphBuilder, name: string, x: FeatureMap): FeatureMap {
  const value = graph.op('AveragePool', name, [x.value], {
    kernel_shape: [2, 2],
    strides: [2, 2],
  });
  return { ...x, value, height: Math.floor(x.height / 2), width: Math.floor(x.width / 2) };
}

/** Instance normalisation, then a scale and a shift per channel. */
export function instanceNorm(
  graph: GraphBuilder,
  name: string,
  x: FeatureMap,
  gain: Float32Array,
  shift: Float32Array,
  epsilon = 1e-5,
): FeatureMap {
  const dims = [x.channels];
  const inputs = [
    x.value,
    graph.initializer(`${name}/gain`, dims, gain),
    graph.initializer(`${name}/shift`, dims, shift),
  ];
  const value = graph.op('InstanceNormalization', name, inputs, { epsilon: { float: epsilon } });
  return { ...x, value };
}

/** Cast of a uint8 image [n, h, w, c] to NCHW in [-1, 1]: x / 127.5 - 1, which both networks take. */
export function imageToFeatures(
  graph: GraphBuilder,
  image: Value,
  size: { readonly height: number; readonly width: number },
): FeatureMap & { /** float32 NHWC, grey levels 0 to 255. */ readonly levels: Value } {
  const levels = graph.op('Cast', `${image}/levels`, [image], { to: 1 });
  const planes = graph.op('Transpose', `${image}/planes`, [levels], { perm: [0, 3, 1, 2] });
  const half = graph.scalar(`${image}/half-range`, 127.5);
  const scaled = graph.op('Div', `${image}/scaled`, [planes, half]);
  const value = graph.op('Sub', `${image}/centred`, [scaled, graph.scalar(`${image}/one`, 1)]);
  return { value, channels: 3, height: size.height, width: size.width, levels };
}

export function describe({ channels, height, width }: FeatureMap): string {
  return `${channels} channels of ${height}x${width} (height x width)`;
}

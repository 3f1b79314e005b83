import { type FloatConstant, transposeConstant } from './constants.ts';
import { addToDim, type Dim, multiplyDim, nominalSize } from './dims.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import { toChannelsFirst } from './layouts.ts';
import { mapDims, type TensorValue } from './tensor-value.ts';
import { nominalPositions, type Padding, type Pads, placeWindow } from './windows.ts';

export interface ConvOptions {
  readonly bias?: Float32Array;
  /** Of height and width. */
  readonly strides?: readonly [number, number];
  readonly dilations?: readonly [number, number];
  readonly padding: Padding;
  readonly groups?: number;
}

/**
 * A convolution.
 *
 * @param kernel [h, w, in, out] as in tf.js; for a grouped one `in` is the channels per group
 * @throws Error when the kernel does not fit the input's channels
 */
export function conv(
  graph: GraphBuilder,
  name: string,
  input: TensorValue,
  kernel: FloatConstant,
  { bias, strides = [1, 1], dilations = [1, 1], padding, groups = 1 }: ConvOptions,
): TensorValue {
  const x = toChannelsFirst(graph, name, input);
  const { batch, height, width, channels } = mapDims(name, x);
  const [kh, kw, inputs, outputs] = kernelShape(name, kernel);
  if (inputs * groups !== channels) {
    throw new Error(`${name}: kernel [${kernel.shape.join()}] does not fit ${channels} channels`);
  }
  const window = placeWindow(height, width, { size: [kh, kw], strides, dilations, padding });
  const weights = addKernel(graph, name, transposeConstant(kernel, [3, 2, 0, 1]), bias);
  const attributes = { ...window.attributes, group: groups };
  const value = graph.op('Conv', name, [x.value, ...weights], attributes);
  graph.flop += 2 * kh * kw * inputs * outputs * nominalPositions(window);
  return { value, dims: [batch, window.height, window.width, outputs], layout: 'channels-first' };
}

/**
 * A depthwise convolution, which is one in as many groups as channels.
 *
 * @param kernel [h, w, channels, multiplier]
 */
export function depthwiseConv(
  graph: GraphBuilder,
  name: string,
  x: TensorValue,
  kernel: FloatConstant,
  options: Omit<ConvOptions, 'groups'>,
): TensorValue {
  const [kh, kw, channels, multiplier] = kernelShape(name, kernel);
  const grouped = { shape: [kh, kw, 1, channels * multiplier], data: kernel.data };
  return conv(graph, name, x, grouped, { ...options, groups: channels });
}

/** A depthwise convolution, then one of 1x1 with the bias. */
export function separableConv(
  graph: GraphBuilder,
  name: string,
  x: TensorValue,
  kernels: { readonly depthwise: FloatConstant; readonly pointwise: FloatConstant },
  { bias, ...options }: Omit<ConvOptions, 'groups'>,
): TensorValue {
  const depthwise = depthwiseConv(graph, `${name}/depthwise`, x, kernels.depthwise, options);
  return conv(graph, name, depthwise, kernels.pointwise, {
    padding: 'valid',
    ...(bias && { bias }),
  });
}

export interface ConvTransposeOptions {
  readonly bias?: Float32Array;
  readonly strides: readonly [number, number];
  readonly padding: 'same' | 'valid';
}

/**
 * A transposed convolution; SAME gives size * stride, VALID size * stride + max(0, kernel - stride).
 *
 * @param kernel [h, w, out, in] as in tf.js
 */
export function convTranspose(
  graph: GraphBuilder,
  name: string,
  input: TensorValue,
  kernel: FloatConstant,
  { bias, strides, padding }: ConvTransposeOptions,
): TensorValue {
  const x = toChannelsFirst(graph, name, input);
  const { batch, height, width, channels } = mapDims(name, x);
  const [kh, kw, outputs, inputs] = kernelShape(name, kernel);
  if (inputs !== channels) {
    throw new Error(`${name}: kernel [${kernel.shape.join()}] does not fit ${channels} channels`);
  }
  const rows = transposedAxis(height, kh, strides[0], padding);
  const columns = transposedAxis(width, kw, strides[1], padding);
  const weights = addKernel(graph, name, transposeConstant(kernel, [3, 2, 0, 1]), bias);
  const value = graph.op('ConvTranspose', name, [x.value, ...weights], {
    kernel_shape: [kh, kw],
    strides,
    pads: [rows.pads.begin, columns.pads.begin, rows.pads.end, columns.pads.end],
    output_padding: [rows.added, columns.added],
  });
  graph.flop += 2 * kh * kw * inputs * outputs * nominalSize(height) * nominalSize(width);
  return { value, dims: [batch, rows.size, columns.size, outputs], layout: 'channels-first' };
}

interface TransposedAxis {
  readonly size: Dim;
  /** Cut off the full result. */
  readonly pads: Pads;
  /** Zeros added at the end where the stride is longer than the kernel. */
  readonly added: number;
}

function transposedAxis(
  size: Dim,
  kernel: number,
  stride: number,
  padding: 'same' | 'valid',
): TransposedAxis {
  const overlap = Math.max(0, kernel - stride);
  const added = Math.max(0, stride - kernel);
  const enlarged = multiplyDim(size, stride);
  if (padding === 'valid') {
    return { size: addToDim(enlarged, overlap), pads: { begin: 0, end: 0 }, added };
  }
  const begin = Math.floor(overlap / 2);
  return { size: enlarged, pads: { begin, end: overlap - begin }, added };
}

function addKernel(
  graph: GraphBuilder,
  name: string,
  { shape, data }: FloatConstant,
  bias: Float32Array | undefined,
): Value[] {
  const kernel = graph.initializer(`${name}/kernel`, shape, data);
  return bias ? [kernel, graph.initializer(`${name}/bias`, [bias.length], bias)] : [kernel];
}

function kernelShape(name: string, { shape }: FloatConstant): [number, number, number, number] {
  if (shape.length !== 4) {
    throw new Error(`${name}: a kernel has four dims, this one has [${shape.join()}]`);
  }
  return shape as [number, number, number, number];
}

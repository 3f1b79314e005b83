import { object, text } from '../../models/contract/json-reader.ts';
import { conv, convTranspose, depthwiseConv, separableConv } from '../onnx/convolutions.ts';
import { dense as addDense } from '../onnx/dense.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import { activate } from './activations.ts';
import { type LayerCall, onlyInput } from './layer.ts';
import { channelsLast, padding, pair } from './settings.ts';

interface TransposeConfig {
  readonly strides: readonly [number, number];
  readonly padding: 'same' | 'valid';
  readonly dataFormat: 'channelsLast';
  readonly activation: string;
}

interface ConvConfig extends TransposeConfig {
  readonly dilationRate: readonly [number, number];
}

const transposeFields = { strides: pair, padding, dataFormat: channelsLast, activation: text };
/** tf.js knows no dilation of transposed convolutions. */
const transposeConfig = object<TransposeConfig>(transposeFields);
const convConfig = object<ConvConfig>({ ...transposeFields, dilationRate: pair });

function conv2d(call: LayerCall): TensorValue {
  const { graph, name, layer } = call;
  const { activation, ...config } = layer.config(convConfig);
  const options = { ...windowOptions(config), ...layer.bias() };
  const y = conv(graph, name, onlyInput(call), layer.weight('kernel'), options);
  return activate(graph, name, activation, y);
}

function conv2dTranspose(call: LayerCall): TensorValue {
  const { graph, name, layer } = call;
  const { activation, strides, padding: mode } = layer.config(transposeConfig);
  const options = { strides, padding: mode, ...layer.bias() };
  const y = convTranspose(graph, name, onlyInput(call), layer.weight('kernel'), options);
  return activate(graph, name, activation, y);
}

function depthwiseConv2d(call: LayerCall): TensorValue {
  const { graph, name, layer } = call;
  const { activation, ...config } = layer.config(convConfig);
  refuseDilation(call, config.dilationRate);
  const options = { ...windowOptions(config), ...layer.bias() };
  const kernel = layer.weight('depthwise_kernel');
  const y = depthwiseConv(graph, name, onlyInput(call), kernel, options);
  return activate(graph, name, activation, y);
}

function separableConv2d(call: LayerCall): TensorValue {
  const { graph, name, layer } = call;
  const { activation, ...config } = layer.config(convConfig);
  const kernels = {
    depthwise: layer.weight('depthwise_kernel'),
    pointwise: layer.weight('pointwise_kernel'),
  };
  const options = { ...windowOptions(config), ...layer.bias() };
  const y = separableConv(graph, name, onlyInput(call), kernels, options);
  return activate(graph, name, activation, y);
}

function dense(call: LayerCall): TensorValue {
  const { graph, name, layer } = call;
  const { activation } = layer.config(object<{ activation: string }>({ activation: text }));
  const y = addDense(graph, name, onlyInput(call), layer.weight('kernel'), layer.bias()?.bias);
  return activate(graph, name, activation, y);
}

function windowOptions({
  strides,
  padding: mode,
  dilationRate,
}: Pick<ConvConfig, 'strides' | 'padding' | 'dilationRate'>) {
  return { strides, padding: mode, dilations: dilationRate };
}

/** tf.js ignores the dilation of depthwise convolutions. */
function refuseDilation({ layer }: LayerCall, dilations: readonly [number, number]): void {
  if (dilations.every((dilation) => dilation === 1)) return;
  throw new InvalidModelError(
    `${layer.className} ${layer.name} has the dilation ${dilations.join('x')}, which tf.js ignores: its results are not those of the trained model`,
  );
}

/** Kinds of layers with a sum over weights. */
export const CONVOLUTION_LAYERS = {
  Conv2D: conv2d,
  Conv2DTranspose: conv2dTranspose,
  DepthwiseConv2D: depthwiseConv2d,
  SeparableConv2D: separableConv2d,
  Dense: dense,
} as const;

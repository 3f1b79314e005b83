import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { exportModel } from '../../../exporter/convert/export-model.ts';
import { compareValues } from '../../../exporter/golden.ts';
import { LAYER_KINDS } from '../../../exporter/layers-model/layer-kinds.ts';
import { Subtract } from '../../../exporter/layers-model/subtract.ts';
import type { Tensor } from '../../../models/contract/tensor.ts';
import { createRunner } from '../../../trainer/evaluation/runner.ts';
import { largestDifference, randomizeWeights, randomTensor } from '../../support/layers-parity.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const { layers } = tf;
type MakeLayer = () => tf.layers.Layer;

/** A layer that tf.js has without a function that makes it. */
function layerOf(className: string, config: tf.serialization.ConfigDict): tf.layers.Layer {
  const entry = tf.serialization.SerializationMap.getMap().classNameMap[className];
  if (entry === undefined) throw new Error(`tf.js has no layer ${className}`);
  return entry[1](entry[0], config) as tf.layers.Layer;
}

/** Layers on a map of 3 channels and free height and width. */
const MAP_LAYERS: Readonly<Record<string, MakeLayer>> = {
  'Conv2D valid': () => layers.conv2d({ filters: 4, kernelSize: [3, 2] }),
  'Conv2D same': () =>
    layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', useBias: false }),
  'Conv2D same, even kernel': () =>
    layers.conv2d({ filters: 2, kernelSize: [4, 2], padding: 'same' }),
  'Conv2D same, strided': () =>
    layers.conv2d({ filters: 4, kernelSize: [3, 5], strides: [2, 3], padding: 'same' }),
  'Conv2D same, even and strided': () =>
    layers.conv2d({ filters: 4, kernelSize: 4, strides: 2, padding: 'same' }),
  'Conv2D same, stride above kernel': () =>
    layers.conv2d({ filters: 4, kernelSize: 2, strides: 3, padding: 'same' }),
  'Conv2D 1x1, strided': () =>
    layers.conv2d({ filters: 4, kernelSize: 1, strides: 2, padding: 'same' }),
  'Conv2D valid, strided': () => layers.conv2d({ filters: 4, kernelSize: 3, strides: 2 }),
  'Conv2D same, dilated': () =>
    layers.conv2d({ filters: 4, kernelSize: 3, dilationRate: [2, 3], padding: 'same' }),
  'Conv2D relu': () => layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }),
  'Conv2DTranspose same': () =>
    layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
  'Conv2DTranspose same, even': () =>
    layers.conv2dTranspose({ filters: 4, kernelSize: [4, 2], strides: 2, padding: 'same' }),
  'Conv2DTranspose same, stride 1': () =>
    layers.conv2dTranspose({ filters: 4, kernelSize: [3, 4], padding: 'same', activation: 'tanh' }),
  'Conv2DTranspose same, stride above kernel': () =>
    layers.conv2dTranspose({ filters: 2, kernelSize: 2, strides: 3, padding: 'same' }),
  'Conv2DTranspose valid': () =>
    layers.conv2dTranspose({ filters: 4, kernelSize: [3, 5], strides: [2, 3] }),
  'Conv2DTranspose valid, stride above kernel': () =>
    layers.conv2dTranspose({ filters: 4, kernelSize: 2, strides: 3, useBias: false }),
  'DepthwiseConv2D same': () =>
    layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same', depthMultiplier: 2 }),
  'DepthwiseConv2D valid': () =>
    layers.depthwiseConv2d({ kernelSize: [3, 2], activation: 'relu6' }),
  'SeparableConv2D same': () =>
    layers.separableConv2d({ filters: 5, kernelSize: 3, padding: 'same', depthMultiplier: 2 }),
  'SeparableConv2D valid, strided': () =>
    layers.separableConv2d({ filters: 5, kernelSize: 3, strides: 2, useBias: false }),
  'Dense on a map': () => layers.dense({ units: 4, activation: 'sigmoid' }),
  BatchNormalization: () => layers.batchNormalization(),
  'BatchNormalization without gamma': () =>
    layers.batchNormalization({ scale: false, epsilon: 0.1 }),
  'BatchNormalization without beta': () => layers.batchNormalization({ center: false, axis: 3 }),
  'LayerNormalization of channels': () => layers.layerNormalization(),
  'LayerNormalization without constants': () =>
    layers.layerNormalization({ center: false, scale: false, epsilon: 0.01 }),
  ReLU: () => layers.reLU(),
  'ReLU with a maximum': () => layers.reLU({ maxValue: 0.7 }),
  LeakyReLU: () => layers.leakyReLU(),
  'LeakyReLU alpha': () => layers.leakyReLU({ alpha: 0.1 }),
  'PReLU per channel': () => layers.prelu({ sharedAxes: [1, 2] }),
  ELU: () => layers.elu(),
  ThresholdedReLU: () => layers.thresholdedReLU({ theta: 0.5 }),
  Softmax: () => layers.softmax({ axis: 3 }),
  AveragePooling2D: () => layers.averagePooling2d({ poolSize: 2 }),
  'AveragePooling2D same': () =>
    layers.averagePooling2d({ poolSize: [3, 2], strides: [2, 1], padding: 'same' }),
  'AveragePooling2D same, stride 1': () =>
    layers.averagePooling2d({ poolSize: 4, strides: 1, padding: 'same' }),
  MaxPooling2D: () => layers.maxPooling2d({ poolSize: [2, 3] }),
  'MaxPooling2D same': () => layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
  GlobalAveragePooling2D: () => layers.globalAveragePooling2d({}),
  GlobalMaxPooling2D: () => layers.globalMaxPooling2d({}),
  'UpSampling2D nearest': () => layers.upSampling2d({ size: [2, 3] }),
  'UpSampling2D bilinear': () => layers.upSampling2d({ size: [3, 2], interpolation: 'bilinear' }),
  ZeroPadding2D: () =>
    layers.zeroPadding2d({
      padding: [
        [1, 2],
        [0, 3],
      ],
    }),
  Cropping2D: () =>
    layers.cropping2D({
      cropping: [
        [1, 2],
        [0, 3],
      ],
    }),
  'Permute height and width': () => layers.permute({ dims: [2, 1, 3] }),
  Dropout: () => layers.dropout({ rate: 0.5 }),
  GaussianNoise: () => layers.gaussianNoise({ stddev: 1 }),
  GaussianDropout: () => layers.gaussianDropout({ rate: 0.5 }),
  AlphaDropout: () => layers.alphaDropout({ rate: 0.5 }),
  Rescaling: () => layerOf('Rescaling', { scale: 1 / 127.5, offset: -1 }),
  ...Object.fromEntries(
    [
      'elu',
      'hardSigmoid',
      'linear',
      'relu',
      'relu6',
      'selu',
      'sigmoid',
      'softmax',
      'softplus',
      'softsign',
      'swish',
      'mish',
      'tanh',
    ].map((activation) => [
      `Activation ${activation}`,
      () => layers.activation({ activation: activation as 'relu' }),
    ]),
  ),
};

describe('a layer on a map of free size', () => {
  test.each(Object.entries(MAP_LAYERS))('%s', async (_, make) => {
    const input = tf.input({ shape: [null, null, 3] });
    const model = tf.model({ inputs: input, outputs: make().apply(input) as tf.SymbolicTensor });
    randomizeWeights(model, 1);
    const shapes = [[[1, 9, 12, 3]], [[3, 8, 7, 3]], [[2, 11, 10, 3]]];
    expect(await largestDifference(model, shapes)).toBeLessThan(1e-4);
  });
});

/** Layers with inputs of fixed size: [input shape without the batch, layer]. */
const FIXED_LAYERS: Readonly<Record<string, readonly [number[], MakeLayer]>> = {
  'Dense on a vector': [[7], () => layers.dense({ units: 5, activation: 'softmax' })],
  'Dense without a bias': [[7], () => layers.dense({ units: 5, useBias: false })],
  'Dense on a sequence': [[4, 7], () => layers.dense({ units: 5 })],
  'Dense on a sequence, without a bias': [[4, 7], () => layers.dense({ units: 5, useBias: false })],
  'BatchNormalization of a vector': [[7], () => layers.batchNormalization()],
  'LayerNormalization of a vector': [[7], () => layers.layerNormalization()],
  'LayerNormalization of a sequence': [[4, 7], () => layers.layerNormalization({ axis: 2 })],
  'LayerNormalization of maps': [[4, 5, 3], () => layers.layerNormalization({ axis: [1, 2, 3] })],
  'LayerNormalization of pixels': [[4, 5, 3], () => layers.layerNormalization({ axis: [1, 2] })],
  'PReLU of a map': [[4, 5, 3], () => layers.prelu({})],
  'PReLU of a vector': [[6], () => layers.prelu({})],
  'Softmax of a vector': [[6], () => layers.softmax()],
  'Softmax of a sequence': [[4, 6], () => layers.softmax({ axis: -1 })],
  Flatten: [[4, 5, 3], () => layers.flatten()],
  'Flatten a sequence': [[4, 6], () => layers.flatten()],
  'Reshape a map to a sequence': [[4, 6, 3], () => layers.reshape({ targetShape: [12, 6] })],
  'Reshape a map to a map': [[4, 6, 3], () => layers.reshape({ targetShape: [8, 3, 3] })],
  'Reshape channels too': [[4, 6, 3], () => layers.reshape({ targetShape: [2, 6, 6] })],
  'Reshape a vector to a map': [[24], () => layers.reshape({ targetShape: [2, 4, 3] })],
  'Reshape with a computed size': [[4, 6, 2], () => layers.reshape({ targetShape: [-1, 4] })],
  'Permute channels to the front': [[4, 5, 3], () => layers.permute({ dims: [3, 1, 2] })],
  'Permute a sequence': [[4, 5], () => layers.permute({ dims: [2, 1] })],
  SpatialDropout1D: [[4, 5], () => layerOf('SpatialDropout1D', { rate: 0.5 })],
};

describe('a layer on a tensor of fixed size', () => {
  test.each(Object.entries(FIXED_LAYERS))('%s', async (_, [shape, make]) => {
    const input = tf.input({ shape });
    const model = tf.model({ inputs: input, outputs: make().apply(input) as tf.SymbolicTensor });
    randomizeWeights(model, 2);
    const shapes = [1, 3, 2].map((batch) => [[batch, ...shape]]);
    expect(await largestDifference(model, shapes)).toBeLessThan(1e-4);
  });
});

test('a batch normalisation of rows scales each row', async () => {
  const input = tf.input({ shape: [5, 6, 3] });
  const layer = layers.batchNormalization({ axis: 1 });
  const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
  randomizeWeights(model, 3);
  const x = randomTensor([2, 5, 6, 3], 1);
  // tf.js's kernel in JavaScript repeats the rows' statistics along the last axis instead.
  const expected = tf.tidy(() => {
    const [gamma, beta, mean, variance] = layer
      .getWeights()
      .map((weight) => tf.reshape(weight, [1, 5, 1, 1])) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const centred = tf.sub(tf.tensor(Float32Array.from(x.data), [...x.dims]), mean);
    const unit = tf.div(centred, tf.sqrt(tf.add(variance, 1e-3)));
    return tf.add(tf.mul(unit, gamma), beta).dataSync();
  });
  const runner = await createRunner(await exportModel(model));
  const actual = (await runner.run({ [model.inputNames[0] as string]: x }))[
    model.outputNames[0] as string
  ];
  expect(compareValues((actual as Tensor).data, Float32Array.from(expected)).maxAbs).toBeLessThan(
    1e-4,
  );
});

/** Layers that join tensors. */
const MERGE_LAYERS: Readonly<Record<string, MakeLayer>> = {
  Add: () => layers.add(),
  Multiply: () => layers.multiply(),
  Average: () => layers.average(),
  Maximum: () => layers.maximum(),
  Minimum: () => layers.minimum(),
};

describe('a layer on several tensors', () => {
  const map = (): tf.SymbolicTensor => tf.input({ shape: [null, null, 3] });
  const channel = (): tf.SymbolicTensor => tf.input({ shape: [null, null, 1] });

  test.each(Object.entries(MERGE_LAYERS))('%s of three maps, one broadcast', async (_, make) => {
    const inputs = [map(), channel(), map()];
    const model = tf.model({ inputs, outputs: make().apply(inputs) as tf.SymbolicTensor });
    const shapes = [1, 3, 2].map((n) => [3, 1, 3].map((c) => [n, 4 + n, 9 - n, c]));
    expect(await largestDifference(model, shapes)).toBeLessThan(1e-4);
  });

  test('Multiply of a map and a vector, as in squeeze and excitation', async () => {
    const inputs = [map(), tf.input({ shape: [3] })];
    const outputs = layers.multiply().apply(inputs) as tf.SymbolicTensor;
    const shapes = [1, 3, 2].map((n) => [
      [n, 4 + n, 9 - n, 3],
      [n, 3],
    ]);
    expect(await largestDifference(tf.model({ inputs, outputs }), shapes)).toBeLessThan(1e-4);
  });

  test('Subtract, the order of which counts', async () => {
    const inputs = [map(), map()];
    const outputs = new Subtract({}).apply(inputs) as tf.SymbolicTensor;
    const shapes = [1, 3, 2].map((n) => [3, 3].map((c) => [n, 4 + n, 9 - n, c]));
    expect(await largestDifference(tf.model({ inputs, outputs }), shapes)).toBeLessThan(1e-4);
  });

  test.each([
    ['channels', 3, [4, 5]],
    ['channels, counted from the end', -1, [4, 5]],
    ['rows', 1, [4, 5]],
    ['columns', 2, [4, 5]],
  ])('Concatenate of %s', async (_, axis) => {
    const inputs = [map(), map()];
    const outputs = layers.concatenate({ axis }).apply(inputs) as tf.SymbolicTensor;
    const shapes = [1, 3, 2].map((n) => [3, 3].map((c) => [n, 4 + n, 9 - n, c]));
    expect(await largestDifference(tf.model({ inputs, outputs }), shapes)).toBeLessThan(1e-4);
  });

  test('Concatenate of vectors', async () => {
    const inputs = [tf.input({ shape: [3] }), tf.input({ shape: [5] })];
    const outputs = layers.concatenate().apply(inputs) as tf.SymbolicTensor;
    const shapes = [1, 3, 2].map((n) => [
      [n, 3],
      [n, 5],
    ]);
    expect(await largestDifference(tf.model({ inputs, outputs }), shapes)).toBeLessThan(1e-4);
  });
});

test('every supported kind of layer is among these tests', () => {
  const tested = [
    ...Object.keys(MAP_LAYERS),
    ...Object.keys(FIXED_LAYERS),
    ...Object.keys(MERGE_LAYERS),
    'Subtract',
    'Concatenate',
  ].map((name) => name.split(' ')[0]);
  expect([...LAYER_KINDS.keys()].filter((kind) => !tested.includes(kind))).toEqual([]);
});

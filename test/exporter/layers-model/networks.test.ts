import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { exportModel } from '../../../exporter/convert/export-model.ts';
import { summariseOnnx } from '../../../models/contract/onnx-file.ts';
import { largestDifference, randomizeWeights } from '../../support/layers-parity.ts';
import { generator, leNet, mobileNet, twins, uNet } from './networks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const batches = [1, 3, 2];

describe('a whole network equals tf.js', () => {
  test('mobile net with gates and residuals, sizes that no multiple divides', async () => {
    const shapes = [[[1, 19, 26, 3]], [[3, 16, 9, 3]], [[2, 33, 17, 3]]];
    expect(await largestDifference(randomizeWeights(mobileNet(), 1), shapes)).toBeLessThan(1e-4);
  });

  test('U-net with transposed convolutions and bilinear upsampling', async () => {
    const shapes = [[[1, 12, 20, 3]], [[3, 16, 8, 3]], [[2, 24, 12, 3]]];
    expect(await largestDifference(randomizeWeights(uNet(), 2), shapes)).toBeLessThan(1e-4);
  });

  test('generator from a vector', async () => {
    const shapes = batches.map((n) => [[n, 7]]);
    expect(await largestDifference(randomizeWeights(generator(), 3), shapes)).toBeLessThan(1e-4);
  });

  test('shared encoder of two inputs, two outputs', async () => {
    const shapes = batches.map((n) => [
      [n, 8, 10, 3],
      [n, 8, 10, 3],
      [n, 2],
    ]);
    expect(await largestDifference(randomizeWeights(twins(), 4), shapes)).toBeLessThan(1e-4);
  });

  test('classifier with a flattened map', async () => {
    const shapes = batches.map((n) => [[n, 14, 12, 1]]);
    expect(await largestDifference(randomizeWeights(leNet(), 5), shapes)).toBeLessThan(1e-4);
  });

  test('the same weights called again and again, inside each other', async () => {
    const conv = tf.layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', name: 'shared' });
    const inner = tf.sequential({ name: 'inner' });
    inner.add(tf.layers.inputLayer({ inputShape: [null, null, 8], name: 'inner_input' }));
    inner.add(conv);
    inner.add(tf.layers.activation({ activation: 'tanh', name: 'inner_tanh' }));
    const input = tf.input({ shape: [null, null, 8] });
    const once = inner.apply(conv.apply(input)) as tf.SymbolicTensor;
    const twice = inner.apply(conv.apply(once)) as tf.SymbolicTensor;
    const model = randomizeWeights(tf.model({ inputs: input, outputs: [once, twice] }), 6);
    const shapes = [[[1, 5, 7, 8]], [[3, 4, 4, 8]], [[2, 6, 3, 8]]];
    const file = await exportModel(model);
    expect(summariseOnnx(file).opTypes.filter((type) => type === 'Conv')).toHaveLength(4);
    // 576 weights, stored once and not four times.
    expect(file.length).toBeLessThan(2 * 4 * 576);
    const runs = await largestDifference(model, shapes);
    expect(runs).toBeLessThan(1e-4);
  });
});

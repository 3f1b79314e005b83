import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { exportModel } from '../../../exporter/convert/export-model.ts';
import { compareValues } from '../../../exporter/golden.ts';
import type { ImageRange } from '../../../exporter/onnx/image.ts';
import { summariseOnnx } from '../../../models/contract/onnx-file.ts';
import type { Tensor } from '../../../models/contract/tensor.ts';
import { createRunner } from '../../../trainer/evaluation/runner.ts';
import { Random } from '../../../trainer/random.ts';
import { predict, randomizeWeights, randomTensor, turn } from '../../support/layers-parity.ts';
import { artifactsOf } from '../../support/save-model.ts';
import { generator, mobileNet, twins, uNet } from '../layers-model/networks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** What grey levels mean to a model: value = scale * level + offset. */
const SCALES: Readonly<Record<ImageRange, { readonly scale: number; readonly offset: number }>> = {
  '0..1': { scale: 1 / 255, offset: 0 },
  '-1..1': { scale: 1 / 127.5, offset: -1 },
  '0..255': { scale: 1, offset: 0 },
};

function randomImage(dims: readonly number[], seed: number): Tensor {
  const random = new Random(seed);
  const size = dims.reduce((product, dim) => product * dim, 1);
  const data = Uint8Array.from({ length: size }, () => Math.floor(256 * random.uniform()));
  return { type: 'uint8', dims, data };
}

function scaled({ dims, data }: Tensor, range: ImageRange): Tensor {
  const { scale, offset } = SCALES[range];
  return {
    type: 'float32',
    dims,
    data: Float32Array.from(data, (level) => scale * level + offset),
  };
}

/** A picture of the input's range comes out again, changed a little. */
function pictureModel(range: ImageRange): tf.LayersModel {
  const model = randomizeWeights(uNet(), 2);
  const change = tf.layers.conv2d({ name: 'change', filters: 3, kernelSize: 1, useBias: false });
  const changed = change.apply(model.outputs[0] as tf.SymbolicTensor);
  const outputs = tf.layers
    .add({ name: 'picture_out' })
    .apply([model.inputs[0] as tf.SymbolicTensor, changed as tf.SymbolicTensor]);
  const amount = 20 * SCALES[range].scale;
  const kernel = tf.mul(tf.reshape(tf.eye(3), [1, 1, 3, 3]), amount);
  change.setWeights([kernel]);
  return tf.model({ inputs: model.inputs, outputs: outputs as tf.SymbolicTensor });
}

const shapes = [
  [1, 8, 12, 3],
  [3, 4, 8, 3],
  [2, 12, 4, 3],
];

describe('uint8 pictures', () => {
  test.each(Object.keys(SCALES) as ImageRange[])(
    'in range %s are within a level of tf.js',
    async (range) => {
      const model = pictureModel(range);
      const runner = await createRunner(await exportModel(model, { io: 'uint8-nhwc', range }));
      for (const [i, dims] of shapes.entries()) {
        const image = randomImage(dims, i + 1);
        const [expected] = predict(model, [scaled(image, range)]) as [Tensor];
        const { scale, offset } = SCALES[range];
        const levels = Uint8ClampedArray.from(expected.data, (value) => (value - offset) / scale);
        const found = (await runner.run({ picture: image }))['picture_out'] as Tensor;
        expect(found.type).toBe('uint8');
        expect(found.dims).toEqual(dims);
        expect(compareValues(found.data, Uint8Array.from(levels)).maxAbs).toBeLessThanOrEqual(1);
        expect(compareValues(found.data, image.data).meanAbs).toBeGreaterThan(1);
      }
    },
  );

  test('leave the values of a classifier as they are', async () => {
    const model = randomizeWeights(mobileNet(), 1);
    const options = { io: 'uint8-nhwc', range: '0..1' } as const;
    const runner = await createRunner(await exportModel(model, options));
    const image = randomImage([2, 17, 22, 3], 4);
    const [expected] = predict(model, [scaled(image, '0..1')]) as [Tensor];
    const found = (await runner.run({ picture: image }))['classes'] as Tensor;
    expect(found.type).toBe('float32');
    expect(compareValues(found.data, expected.data).maxAbs).toBeLessThan(1e-4);
  });

  test('come out of generators, and are asked of no model without any', async () => {
    const model = randomizeWeights(generator(), 8);
    const options = { io: 'uint8-nhwc', range: '-1..1' } as const;
    const runner = await createRunner(await exportModel(model, options));
    const seed = randomTensor([2, 7], 1);
    const [expected] = predict(model, [seed]) as [Tensor];
    const levels = Uint8ClampedArray.from(expected.data, (value) => 127.5 * (value + 1));
    const found = (await runner.run({ seed_input: seed }))['up2'] as Tensor;
    expect(found.type).toBe('uint8');
    expect(compareValues(found.data, Uint8Array.from(levels)).maxAbs).toBeLessThanOrEqual(1);
    const sum = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [3] })] });
    await expect(exportModel(sum, options)).rejects.toThrow(/models that take or give pictures/);
  });

  test('may come out in the range of the model', async () => {
    const model = pictureModel('-1..1');
    const file = await exportModel(model, {
      io: 'uint8-nhwc',
      range: '-1..1',
      outputRange: 'float32',
    });
    const image = randomImage([2, 8, 4, 3], 5);
    const [expected] = predict(model, [scaled(image, '-1..1')]) as [Tensor];
    const found = (await (await createRunner(file)).run({ picture: image }))[
      'picture_out'
    ] as Tensor;
    expect(compareValues(found.data, expected.data).maxAbs).toBeLessThan(1e-4);
  });
});

test('NCHW floats are those of tf.js in another order', async () => {
  const model = randomizeWeights(twins(), 4);
  const runner = await createRunner(await exportModel(model, { io: 'float32-nchw' }));
  const inputs = [
    [2, 8, 10, 3],
    [2, 8, 10, 3],
    [2, 2],
  ].map((dims, i) => randomTensor(dims, i + 1));
  const [left, right, age] = inputs as [Tensor, Tensor, Tensor];
  const feeds = { left: turn(left, [0, 3, 1, 2]), right: turn(right, [0, 3, 1, 2]), age };
  const { score, mean } = (await runner.run(feeds)) as { score: Tensor; mean: Tensor };
  const [expectedScore, expectedMean] = predict(model, inputs) as [Tensor, Tensor];
  expect(compareValues(score.data, expectedScore.data).maxAbs).toBeLessThan(1e-4);
  expect(mean.dims).toEqual([2, 5, 3, 4]);
  expect(compareValues(turn(mean, [0, 2, 3, 1]).data, expectedMean.data).maxAbs).toBeLessThan(1e-4);
});

describe('the file says what it takes', () => {
  const metadata = async (options: Parameters<typeof exportModel>[1]) => {
    return summariseOnnx(await exportModel(uNet(), options)).metadata;
  };

  test('as bytes', async () => {
    expect(await metadata({ io: 'uint8-nhwc', range: '-1..1' })).toEqual({
      source: 'tf.js layers-model',
      layout: 'uint8 NHWC',
      range: '-1..1',
      outputRange: '-1..1',
      colourOrder: 'RGB',
      sizeMultiple: '4',
    });
  });

  test('as floats', async () => {
    expect(await metadata({ io: 'float32-nchw' })).toMatchObject({ layout: 'float32 NCHW' });
    expect(await metadata({})).toMatchObject({ layout: 'float32 NHWC', sizeMultiple: '4' });
  });
});

test('artifacts of tf.io handlers are converted as the model itself is', async () => {
  const model = randomizeWeights(mobileNet(), 9);
  const [a, b] = [await exportModel(model), await exportModel(await artifactsOf(model))];
  expect(Buffer.compare(a, b)).toBe(0);
});

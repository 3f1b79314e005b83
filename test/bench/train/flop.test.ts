import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { upsampleConv2d } from '../../../trainer/networks/ops.ts';
import { backends } from '../../support/backends.ts';
import { countFlop, kernelFlop } from './flop.ts';

describe.each(backends)('the FLOP of a small network on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  // 3x3 over 3 channels to 5, on 2 pictures of 6x4 px: 2 x results x products of each.
  const stem = 2 * (2 * 6 * 4 * 5) * (3 * 3 * 3);
  // 4x4 of stride 2 over 5 channels to 7, which gives 3x2 px.
  const down = 2 * (2 * 3 * 2 * 7) * (4 * 4 * 5);
  // [2, 42] x [42, 2]
  const logits = 2 * (2 * 2) * 42;

  const draw = () => ({
    x: tf.ones<tf.Rank.R4>([2, 6, 4, 3]),
    first: tf.variable(tf.ones<tf.Rank.R4>([3, 3, 3, 5])),
    second: tf.variable(tf.ones<tf.Rank.R4>([4, 4, 5, 7])),
    last: tf.variable(tf.ones<tf.Rank.R2>([42, 2])),
  });
  const network = ({ x, first, second, last }: ReturnType<typeof draw>): tf.Scalar => {
    const h = tf.conv2d(tf.relu(tf.conv2d(x, first, 1, 'same')), second, 2, 'same');
    return tf.sum(tf.matMul(tf.reshape(h, [2, 42]), last));
  };

  test('is that of its layers', async () => {
    const tensors = draw();
    expect(await countFlop(() => network(tensors))).toBe(stem + down + logits);
  });

  test('is as much again for each gradient, of which the pictures need none', async () => {
    const tensors = draw();
    const { first, second, last } = tensors;
    const flop = await countFlop(() => {
      tf.variableGrads(() => network(tensors), [first, second, last]);
    });
    expect(flop).toBe(2 * stem + 3 * down + 3 * logits);
  });

  test('of an enlarging convolution is that of the large size and of turning its kernel', async () => {
    const x = tf.ones<tf.Rank.R4>([2, 3, 2, 4]);
    const kernel = tf.ones<tf.Rank.R4>([3, 3, 4, 5]);
    const large = 2 * (2 * 6 * 4 * 5) * (3 * 3 * 4);
    const turning = 2 * (36 * 20) * 9;
    expect(await countFlop(() => upsampleConv2d(x, kernel))).toBe(large + turning);
  });

  test('of a product with transposed factors is that of the plain one', async () => {
    const a = tf.ones<tf.Rank.R3>([4, 5, 3]);
    const b = tf.ones<tf.Rank.R3>([4, 7, 5]);
    const flop = await countFlop(() => tf.matMul(a, b, true, true));
    expect(flop).toBe(2 * (4 * 3 * 7) * 5);
  });
});

test('a kernel that neither convolves nor multiplies matrices counts nothing', () => {
  const shape = [2, 6, 4, 3];
  expect(kernelFlop({ name: 'Add', inputShapes: [shape, shape], outputShapes: [shape] })).toBe(0);
});

import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { measureGraphModel, randomTensor } from '../../../support/graph-model.ts';
import {
  attribute,
  GraphModelWriter,
  windowAttributes,
} from '../../../support/graph-model-writer.ts';

beforeAll(() => tf.setBackend('cpu'));

const POSITIVE: ReadonlySet<string> = new Set(['Log', 'Reciprocal', 'Rsqrt', 'Sqrt']);

/** Compares an operation on a map, which is NCHW in the graph, and on rows of features. */
async function expectParity(
  op: string,
  attr: object = {},
  constants: (writer: GraphModelWriter) => string[] = () => [],
): Promise<void> {
  const writer = new GraphModelWriter();
  const x = writer.placeholder('x', [-1, 3, 4, 5]);
  writer.node('MaxPool', 'map', [x], {
    ksize: attribute.integers(1, 2, 2, 1),
    ...windowAttributes(),
  });
  writer.node('Mean', 'rows', [x, writer.integers('axes', [1, 2])], {
    keep_dims: attribute.flag(false),
  });
  const inputs = constants(writer);
  writer.node(op, 'y', ['map', ...inputs], attr);
  writer.node(op, 'z', ['rows', ...inputs], attr);
  const mean = POSITIVE.has(op) ? 9 : 0;
  const parities = await measureGraphModel(writer.definition(), {
    x: randomTensor([2, 3, 4, 5], mean),
  });
  expect(parities.map(({ output }) => output)).toEqual(['y', 'z']);
  for (const { difference } of parities) expect(difference).toBeLessThan(5e-6);
}

describe('a function of every value', () => {
  test.each([
    'Abs',
    'Ceil',
    'Elu',
    'Erf',
    'Exp',
    'Floor',
    'Identity',
    'Log',
    'Neg',
    'Reciprocal',
    'Relu',
    'Relu6',
    'Rsqrt',
    'Selu',
    'Sigmoid',
    'Softmax',
    'Softplus',
    'Sqrt',
    'Square',
    'StopGradient',
    'Tanh',
  ])('equals tf.js: %s', (op) => expectParity(op));

  test('equals tf.js with attributes and constants', async () => {
    await expectParity('LeakyRelu', { alpha: attribute.float(0.3) });
    await expectParity('LeakyRelu');
    await expectParity('Cast', { DstT: attribute.type('DT_FLOAT') });
    await expectParity('Prelu', {}, (writer) => [writer.random('slope', [5])]);
    await expectParity('ClipByValue', {}, (writer) => [
      writer.floats('low', [-0.5], []),
      writer.floats('high', [1], []),
    ]);
  });
});

test('a batch normalisation equals tf.js, and its epsilon counts', async () => {
  const writer = new GraphModelWriter();
  const x = writer.placeholder('x', [-1, 3, 4, 5]);
  const constants = ['gamma', 'beta', 'mean'].map((name) => writer.random(name, [5]));
  const variance = writer.floats('variance', [0.01, 0.2, 1, 2, 3]);
  for (const op of ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3']) {
    writer.node(op, op, [x, ...constants, variance], {
      epsilon: attribute.float(0.01),
      is_training: attribute.flag(false),
      data_format: attribute.text('NHWC'),
    });
  }
  const parities = await measureGraphModel(writer.definition(), { x: randomTensor([2, 3, 4, 5]) });
  expect(parities).toHaveLength(3);
  for (const { difference } of parities) expect(difference).toBeLessThan(1e-6);
});

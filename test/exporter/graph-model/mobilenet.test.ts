import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { GraphDefinition } from '../../../exporter/graph-model/graph-definition.ts';
import { summariseOnnx } from '../../../models/contract/onnx-file.ts';
import { buildGraphModel, measureGraphModel } from '../../support/graph-model.ts';
import { attribute, GraphModelWriter, windowAttributes } from '../../support/graph-model-writer.ts';
import { writeMobilenetV1, writeMobilenetV2 } from '../../support/mobilenet.ts';

beforeAll(() => tf.setBackend('cpu'));

/** Small, since tf.js computes it in JavaScript. */
const SIZE = { side: 96, width: 0.25, classes: 20 };

function pictures(...shape: number[]): tf.Tensor {
  return tf.randomUniform(shape, 0, 1, 'float32', 3);
}

function countOperations(definition: GraphDefinition): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const type of summariseOnnx(buildGraphModel(definition)).opTypes) {
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}

describe('MobileNet v1', () => {
  test('equals tf.js and keeps its layout but at the border', async () => {
    const definition = writeMobilenetV1(SIZE).definition();
    const [parity] = await measureGraphModel(definition, { images: pictures(2, 96, 96, 3) });
    expect(parity).toMatchObject({ output: 'MobilenetV1/Predictions/Softmax', dims: [2, 20] });
    expect(parity?.difference).toBeLessThan(1e-5);
    expect(countOperations(definition)).toMatchObject({ Transpose: 1, Conv: 28, Clip: 27 });
  });
});

describe('MobileNet v2', () => {
  test('equals tf.js', async () => {
    const definition = writeMobilenetV2(SIZE).definition();
    const [parity] = await measureGraphModel(definition, { input_1: pictures(2, 96, 96, 3) });
    expect(parity?.dims).toEqual([2, 20]);
    expect(parity?.difference).toBeLessThan(1e-5);
    expect(countOperations(definition)).toMatchObject({
      Transpose: 1,
      Conv: 52,
      Clip: 35,
      Add: 10,
    });
  });

  test('equals tf.js at several sizes where height and width are free', async () => {
    const definition = writeMobilenetV2(SIZE, true).definition();
    for (const [batch, height, width] of [
      [1, 64, 96],
      [2, 75, 52],
      [3, 33, 40],
    ] as const) {
      const input = pictures(batch, height, width, 3);
      const [parity] = await measureGraphModel(definition, { input_1: input });
      expect(parity?.dims).toEqual([batch, 20]);
      expect(parity?.difference).toBeLessThan(1e-5);
    }
  });
});

test("MobileNet v3's hard swish and its squeeze and excitation equal tf.js", async () => {
  const writer = new GraphModelWriter();
  const x = writer.placeholder('x', [-1, 16, 16, 3]);
  /** x * relu6(x + 3) / 6 as TensorFlow writes it; the gate alone is a hard sigmoid. */
  const hardSigmoid = (name: string, input: string): string => {
    const shifted = writer.node('AddV2', `${name}/add`, [
      input,
      writer.floats(`${name}/three`, [3], []),
    ]);
    const cut = writer.node('Relu6', `${name}/Relu6`, [shifted]);
    return writer.node('Mul', `${name}/mul`, [cut, writer.floats(`${name}/sixth`, [1 / 6], [])]);
  };
  const conv = (name: string, input: string, inputs: number, outputs: number): string => {
    const constants = [
      writer.random(`${name}/kernel`, [1, 1, inputs, outputs]),
      writer.random(`${name}/bias`, [outputs]),
    ];
    return writer.node('_FusedConv2D', name, [input, ...constants], {
      ...windowAttributes(),
      fused_ops: attribute.texts('BiasAdd'),
      num_args: attribute.integer(1),
    });
  };
  const stem = conv('stem', x, 3, 8);
  const swish = writer.node('Mul', 'swish', [stem, hardSigmoid('swish/gate', stem)]);
  const axes = writer.integers('axes', [1, 2]);
  const mean = writer.node('Mean', 'squeeze', [swish, axes], { keep_dims: attribute.flag(true) });
  const reduced = writer.node('Relu', 'reduced', [conv('reduce', mean, 8, 2)]);
  const gate = hardSigmoid('excite/gate', conv('excite', reduced, 2, 8));
  writer.node('Mul', 'y', [swish, gate]);
  const [parity] = await measureGraphModel(writer.definition(), { x: pictures(2, 16, 16, 3) });
  expect(parity?.dims).toEqual([2, 16, 16, 8]);
  expect(parity?.difference).toBeLessThan(1e-6);
});

import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ExportOptions, exportModel } from '../../../exporter/convert/export-model.ts';
import { decodeModel } from '../../../exporter/onnx/read-model.ts';
import { createRunner } from '../../../trainer/evaluation/runner.ts';
import { attribute, GraphModelWriter, windowAttributes } from '../../support/graph-model-writer.ts';

let model: tf.GraphModel;

/** A network from pictures in [0, 1] to a map and to rows, as tf.js has it in memory. */
beforeAll(async () => {
  await tf.setBackend('cpu');
  const writer = new GraphModelWriter();
  const x = writer.placeholder('picture', [1, 4, 6, 3]);
  const constants = [writer.random('kernel', [3, 3, 3, 2]), writer.random('bias', [2])];
  writer.node('_FusedConv2D', 'body/map', [x, ...constants], {
    ...windowAttributes(),
    fused_ops: attribute.texts('BiasAdd', 'Relu'),
    num_args: attribute.integer(1),
  });
  const axes = writer.integers('axes', [1, 2]);
  writer.node('Mean', 'body/mean', ['body/map', axes], { keep_dims: attribute.flag(false) });
  writer.node('Identity', 'Identity', ['body/map']);
  writer.node('Identity', 'Identity_1', ['body/mean']);
  model = await tf.loadGraphModel(tf.io.fromMemory(writer.definition().artifacts));
});

async function readBorder(options: ExportOptions): Promise<Record<string, unknown>> {
  const { inputs, outputs } = decodeModel(await exportModel(model, options));
  return Object.fromEntries(
    [...inputs, ...outputs].map(({ name, type, dims }) => [name, `${type} ${dims.join()}`]),
  );
}

describe('a graph model in memory', () => {
  test('keeps the names and axes of tf.js, with its batch made free', async () => {
    expect(await readBorder({})).toEqual({
      picture: 'float32 n,4,6,3',
      Identity: 'float32 n,4,6,2',
      Identity_1: 'float32 n,2',
    });
    expect(await readBorder({ io: 'float32-nchw' })).toEqual({
      picture: 'float32 n,3,4,6',
      Identity: 'float32 n,2,4,6',
      Identity_1: 'float32 n,2',
    });
    expect(await readBorder({ io: 'uint8-nhwc', range: '0..1' })).toEqual({
      picture: 'uint8 n,4,6,3',
      Identity: 'float32 n,4,6,2',
      Identity_1: 'float32 n,2',
    });
  });

  test('gives the same for bytes as tf.js for their shares of 255', async () => {
    const runner = await createRunner(
      await exportModel(model, { io: 'uint8-nhwc', range: '0..1' }),
    );
    const data = Uint8Array.from({ length: 2 * 72 }, (_, i) => (i * 89) % 256);
    const actual = await runner.run({ picture: { type: 'uint8', dims: [2, 4, 6, 3], data } });
    const levels = tf.tensor4d(Float32Array.from(data), [2, 4, 6, 3]);
    const pictures = tf.div<tf.Tensor4D>(levels, 255);
    const expected = [0, 1].flatMap((i) => {
      const picture = tf.slice(pictures, [i], [1]);
      return [...(model.execute(picture, 'Identity_1') as tf.Tensor).dataSync()];
    });
    const found = [...(actual['Identity_1']?.data ?? [])];
    expect(found).toHaveLength(4);
    for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i] ?? 0, 6);
  });
});

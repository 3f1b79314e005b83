import * as tf from '@tensorflow/tfjs';
import { InferenceSession } from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ExportOptions, exportModel } from '../../../exporter/convert/export-model.ts';
import { summariseOnnx } from '../../../models/contract/onnx-file.ts';
import { randomizeWeights } from '../../support/layers-parity.ts';
import { generator, leNet, mobileNet, twins, uNet } from './networks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

async function opTypes(model: tf.LayersModel, options: ExportOptions = {}): Promise<string[]> {
  return [...summariseOnnx(await exportModel(randomizeWeights(model, 1), options)).opTypes];
}

function count(types: readonly string[], type: string): number {
  return types.filter((found) => found === type).length;
}

describe('a converted layers model', () => {
  test.each([
    ['mobileNet', mobileNet, 1],
    ['uNet', uNet, 2],
    ['generator', generator, 1],
    ['twins', twins, 3],
    ['leNet', leNet, 0],
  ] as const)('%s transposes at its borders only', async (_, create, transposes) => {
    const types = await opTypes(create());
    expect(count(types, 'Transpose')).toBe(transposes);
    expect(count(types, 'Gather')).toBe(0);
    const planes = await opTypes(create(), { io: 'float32-nchw' });
    expect(count(planes, 'Transpose')).toBe(0);
  });

  test('is of opset 17 and IR 8', async () => {
    const { opsets, irVersion, domains } = summariseOnnx(await exportModel(uNet()));
    expect(opsets).toEqual({ '': 17 });
    expect(irVersion).toBe(8);
    expect(domains).toEqual(['']);
  });

  test('has normalisations folded into the layers before, but no other', async () => {
    const mobile = await opTypes(mobileNet());
    expect(count(mobile, 'Conv')).toBe(1 + 2 * 4);
    // The gates and the swishes multiply, the residual adds.
    expect(count(mobile, 'Mul')).toBe(2 + 2);
    expect(count(mobile, 'Add')).toBe(1);
    // An addition of features of several maps has no layer to fold into.
    const twin = await opTypes(twins());
    expect(count(twin, 'Conv')).toBe(4);
    // The shared encoder's two normalisations stay, since its kernel is used twice.
    expect(count(twin, 'Mul')).toBe(2 + 1 + 1);
  });

  test('keeps a normalisation where the layer before has another reader', async () => {
    const input = tf.input({ shape: [null, null, 3] });
    const conv = tf.layers.conv2d({ filters: 4, kernelSize: 1 }).apply(input) as tf.SymbolicTensor;
    const normal = tf.layers.batchNormalization().apply(conv) as tf.SymbolicTensor;
    const outputs = tf.layers.add().apply([conv, normal]) as tf.SymbolicTensor;
    const types = await opTypes(tf.model({ inputs: input, outputs }));
    expect(count(types, 'Mul')).toBe(1);
    expect(count(types, 'Add')).toBe(2);
  });

  test('names its sizes: free batch, height and width, outputs of their own where sizes change', async () => {
    const dims = async (model: tf.LayersModel) => {
      const session = await InferenceSession.create(await exportModel(model));
      const describeAll = (list: typeof session.inputMetadata) =>
        list.map((entry) => [entry.name, entry.isTensor ? entry.shape : []]);
      return [...describeAll(session.inputMetadata), ...describeAll(session.outputMetadata)];
    };
    expect(await dims(uNet())).toEqual([
      ['picture', ['n', 'h', 'w', 3]],
      ['result', ['n', 'h', 'w', 3]],
    ]);
    expect(await dims(generator())).toEqual([
      ['seed_input', ['n', 7]],
      ['up2', ['n', 12, 16, 3]],
    ]);
    expect(await dims(mobileNet())).toEqual([
      ['picture', ['n', 'h', 'w', 3]],
      ['classes', ['n', 5]],
    ]);
    expect(await dims(twins())).toEqual([
      ['left', ['n', 8, 10, 3]],
      ['right', ['n', 8, 10, 3]],
      ['age', ['n', 2]],
      ['score', ['n', 3]],
      ['mean', ['n', 3, 4, 5]],
    ]);
    const input = tf.input({ shape: [null, null, 3], name: 'x' });
    const half = tf.layers.maxPooling2d({ poolSize: 2, name: 'half' }).apply(input);
    const back = tf.layers.upSampling2d({ size: [2, 2], name: 'back' }).apply(half);
    const outputs = [half, back] as tf.SymbolicTensor[];
    expect(await dims(tf.model({ inputs: input, outputs }))).toEqual([
      ['x', ['n', 'h', 'w', 3]],
      ['half', ['n', 'half_h', 'half_w', 3]],
      ['back', ['n', 'back_h', 'back_w', 3]],
    ]);
  });

  test('states what height and width have to be a multiple of', async () => {
    const multiple = async (model: tf.LayersModel) =>
      summariseOnnx(await exportModel(model)).metadata['sizeMultiple'];
    expect(await multiple(uNet())).toBe('4');
    expect(await multiple(mobileNet())).toBe('1');
    const input = tf.input({ shape: [null, null, 3] });
    const outputs = tf.layers.averagePooling2d({ poolSize: [3, 2] }).apply(input);
    const model = tf.model({ inputs: input, outputs: outputs as tf.SymbolicTensor });
    expect(await multiple(model)).toBe('h 3, w 2');
  });

  test('is named after the layers', async () => {
    const text = Buffer.from(await exportModel(uNet())).toString('latin1');
    for (const name of ['down0_conv1/kernel', 'bottom_conv2', 'up1/bias', 'skip0', 'unet']) {
      expect(text).toContain(name);
    }
    const shared = Buffer.from(await exportModel(twins())).toString('latin1');
    expect(shared).toContain('encoder/conv1');
    expect(shared).toContain('encoder/call2/conv1');
  });
});

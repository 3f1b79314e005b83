import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { exportModel } from '../../../exporter/convert/export-model.ts';
import { checkTopology } from '../../../exporter/layers-model/topology.ts';
import { InvalidModelError } from '../../../exporter/tfjs-model/invalid-model-error.ts';
import { artifactsOf } from '../../support/save-model.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const { layers } = tf;

async function refusal(model: Parameters<typeof exportModel>[0]): Promise<string> {
  try {
    await exportModel(model);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidModelError);
    return (error as Error).message;
  }
  throw new Error('the model was converted');
}

/** The model `sequential` of one layer on maps. */
function single(
  layer: tf.layers.Layer,
  shape: (number | null)[] = [null, null, 3],
): tf.LayersModel {
  const input = tf.input({ shape });
  return tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
}

class Doubled extends tf.layers.Layer {
  static readonly className = 'Doubled';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul([inputs].flat()[0] as tf.Tensor, 2);
  }
  override computeOutputShape(shape: tf.Shape | tf.Shape[]): tf.Shape | tf.Shape[] {
    return shape;
  }
}

describe('a model in memory is refused', () => {
  test('for custom and unsupported layers, all of them by name and place', async () => {
    const inner = tf.sequential({ name: 'inner' });
    inner.add(layers.lstm({ units: 2, inputShape: [4, 3], name: 'memory' }));
    inner.add(new Doubled({ name: 'twice' }));
    const message = await refusal(inner);
    expect(message).toMatch(/LSTM memory \(layer \d of \d\)/);
    expect(message).toMatch(/Doubled twice \(layer \d of \d\)/);
    expect(message).toMatch(/supported layers are .*Conv2D.*LayerNormalization.*Dropout/);
    const input = tf.input({ shape: [4, 3] });
    const outer = tf.model({ inputs: input, outputs: inner.apply(input) as tf.SymbolicTensor });
    expect(await refusal(outer)).toMatch(/LSTM inner\/memory/);
  });

  test('for weights that are not finite', async () => {
    const layer = layers.dense({ units: 2, name: 'diverged', inputShape: [3] });
    const model = tf.sequential({ layers: [layer] });
    layer.setWeights([tf.tensor2d([1, 2, 3, Number.NaN, 5, 6], [3, 2]), tf.zeros([2])]);
    expect(await refusal(model)).toMatch(/Dense diverged: kernel \[3,2\] holds NaN at position 3/);
  });

  test('for settings that only other layouts and sizes have', async () => {
    const first = layers.conv2d({
      filters: 2,
      kernelSize: 1,
      dataFormat: 'channelsFirst',
      name: 'c',
    });
    expect(await refusal(single(first, [3, null, null]))).toMatch(
      /Conv2D c: dataFormat is "channelsFirst"/,
    );
    const dilated = layers.depthwiseConv2d({ kernelSize: 3, dilationRate: 2, name: 'd' });
    expect(await refusal(single(dilated))).toMatch(/DepthwiseConv2D d has the dilation 2x2/);
    const gelu = layers.activation({ activation: 'gelu', name: 'g' });
    expect(await refusal(single(gelu))).toMatch(/Activation g .*gelu.*supported are .*swish/);
    const reshape = layers.reshape({ targetShape: [-1, 3], name: 'r' });
    expect(await refusal(single(reshape))).toMatch(/Reshape r .*free size/);
  });

  test('for sizes of zero, of the input and inside', async () => {
    expect(await refusal(single(layers.reLU(), [0, 4, 3]))).toMatch(
      /shape \[,0,4,3\], so no values/,
    );
    const pool = layers.maxPooling2d({ poolSize: 5, name: 'p' });
    expect(await refusal(single(pool, [4, 4, 3]))).toMatch(/MaxPooling2D p gives .*no values/);
  });

  test('for a normalisation that was called in training mode', async () => {
    const input = tf.input({ shape: [4, 4, 3] });
    const norm = layers.batchNormalization({ name: 'bn' });
    const outputs = norm.apply(input, { training: true }) as tf.SymbolicTensor;
    expect(await refusal(tf.model({ inputs: input, outputs }))).toMatch(/bn .*training/);
  });
});

/** A functional model of three layers as saved, with its JSON changed. */
async function changed(from: string, to: string): Promise<tf.io.ModelArtifacts> {
  const input = tf.input({ shape: [4, 4, 3], name: 'in' });
  const first = layers.conv2d({ filters: 3, kernelSize: 1, name: 'first' }).apply(input);
  const second = layers.conv2d({ filters: 3, kernelSize: 1, name: 'second' }).apply(first);
  const outputs = layers.add({ name: 'sum' }).apply([input, second as tf.SymbolicTensor]);
  const artifacts = await artifactsOf(
    tf.model({ inputs: input, outputs: outputs as tf.SymbolicTensor, name: 'three' }),
  );
  const text = JSON.stringify(artifacts.modelTopology);
  expect(text).toContain(from);
  return { ...artifacts, modelTopology: JSON.parse(text.replaceAll(from, to)) as object };
}

describe('a saved model is refused', () => {
  test('for layers that tf.js does not know, before it is built', async () => {
    const message = await refusal(await changed('"class_name":"Add"', '"class_name":"Lambda"'));
    expect(message).toMatch(/Lambda sum \(layer 4 of 4\); supported layers are/);
  });

  test('for a cycle', async () => {
    const model = await changed('[[["first",0,0,{}]]]', '[[["second",0,0,{}]]]');
    expect(await refusal(model)).toMatch(/cycle: second -> second/);
    const longer = await changed('[[["in",0,0,{}]]]', '[[["second",0,0,{}]]]');
    expect(await refusal(longer)).toMatch(
      /cycle: (first -> second -> first|second -> first -> second)/,
    );
  });

  test('for links to nothing', async () => {
    expect(await refusal(await changed('[["in",0,0,{}]]', '[["away",0,0,{}]]'))).toMatch(
      /layer first reads layer away, which the model does not have/,
    );
    expect(await refusal(await changed('[["first",0,0,{}]]', '[["first",2,0,{}]]'))).toMatch(
      /layer second reads call 2 of layer first, which has fewer/,
    );
    expect(
      await refusal(
        await changed('"output_layers":[["sum",0,0]]', '"output_layers":[["end",0,0]]'),
      ),
    ).toMatch(/output_layers reads layer end/);
  });

  test('for weights of another model', async () => {
    const model = await changed('"filters":3', '"filters":5');
    expect(await refusal(model)).toMatch(/tf.js cannot build the model: .*shape/);
  });

  test('for a topology that is none', async () => {
    expect(() => checkTopology({ class_name: 'Tokenizer', config: {} })).toThrow(
      /is of a Tokenizer/,
    );
    expect(() => checkTopology({ class_name: 'Sequential', config: [] })).toThrow(/no layers/);
    expect(() => checkTopology({ class_name: 'Model', config: {} })).toThrow(/lists no layers/);
    expect(await refusal({})).toMatch(/no modelTopology/);
  });
});

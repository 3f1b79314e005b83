import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { InvalidModelError } from '../../../exporter/tfjs-model/invalid-model-error.ts';
import { readTfjsModel } from '../../../exporter/tfjs-model/read.ts';

let folder: string;

beforeAll(() => tf.setBackend('cpu'));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deep-makeover-tfjs-model-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** Two weights in two files, the second of which begins inside the second weight. */
const WEIGHTS = [
  { name: 'kernel', shape: [2, 3], dtype: 'float32' },
  { name: 'shape', shape: [2], dtype: 'int32' },
];
const VALUES = { kernel: Float32Array.of(1, -2, 0.5, 3, 4, 5), shape: Int32Array.of(-1, 7) };
const BYTES = Buffer.concat(Object.values(VALUES).map(({ buffer }) => new Uint8Array(buffer)));
const GRAPH = {
  format: 'graph-model',
  modelTopology: { node: [{ name: 'x', op: 'Placeholder' }] },
  weightsManifest: [{ paths: ['one.bin', 'two.bin'], weights: WEIGHTS }],
};

async function write(json: unknown, files: Record<string, Uint8Array> = {}): Promise<string> {
  const path = join(folder, 'model.json');
  await writeFile(path, typeof json === 'string' ? json : JSON.stringify(json));
  const shards = { 'one.bin': BYTES.subarray(0, 26), 'two.bin': BYTES.subarray(26) };
  for (const [name, content] of Object.entries({ ...shards, ...files })) {
    await writeFile(join(folder, name), content);
  }
  return path;
}

async function expectRefusal(path: string, message: RegExp): Promise<void> {
  const reading = readTfjsModel(path);
  await expect(reading).rejects.toThrow(message);
  await expect(reading).rejects.toBeInstanceOf(InvalidModelError);
}

/** A manifest with one weight in one file. */
async function writeWeight(entry: object, content: Uint8Array): Promise<string> {
  const weight = { name: 'w', shape: [content.length], dtype: 'float32', ...entry };
  const weightsManifest = [{ paths: ['one.bin'], weights: [weight] }];
  return write({ ...GRAPH, weightsManifest }, { 'one.bin': content });
}

describe('reading a tf.js model', () => {
  test('joins the weight files of a graph model, given as a file or a folder', async () => {
    for (const path of [await write(GRAPH), folder]) {
      const { format, weights, artifacts } = await readTfjsModel(path);
      expect(format).toBe('graph-model');
      expect(weights.get('kernel')).toEqual({
        type: 'float32',
        shape: [2, 3],
        data: VALUES.kernel,
      });
      expect(weights.get('shape')).toEqual({ type: 'int32', shape: [2], data: VALUES.shape });
      expect(artifacts.weightSpecs).toEqual(WEIGHTS);
    }
  });

  test('joins the groups of a manifest, and infers a format that is not written', async () => {
    const [kernel, shape] = WEIGHTS;
    const { format: _, ...json } = GRAPH;
    const weightsManifest = [
      { paths: ['./shape.bin'], weights: [shape] },
      { paths: ['kernel.bin'], weights: [kernel] },
    ];
    const path = await write(
      { ...json, weightsManifest },
      { 'shape.bin': BYTES.subarray(24), 'kernel.bin': BYTES.subarray(0, 24) },
    );
    const { format, weights } = await readTfjsModel(path);
    expect(format).toBe('graph-model');
    expect(weights.get('kernel')?.data).toEqual(VALUES.kernel);
    expect(weights.get('shape')?.data).toEqual(VALUES.shape);
  });

  test('gives tf.js a layers model that it loads and that computes the same', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [4], activation: 'tanh', name: 'first' }),
        tf.layers.dense({ units: 2, name: 'second' }),
      ],
    });
    let saved: tf.io.ModelArtifacts = {};
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return {
          modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' as const },
        };
      }),
    );
    const { weightSpecs, weightData, ...json } = saved;
    const content = new Uint8Array(weightData as ArrayBuffer);
    const weightsManifest = [{ paths: ['one.bin'], weights: weightSpecs }];
    const read = await readTfjsModel(
      await write({ ...json, weightsManifest }, { 'one.bin': content }),
    );
    expect(read.format).toBe('layers-model');
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(read.artifacts));
    const x = tf.tensor2d([[1, -2, 3, 0.5]]);
    const [expected, actual] = [model, loaded].map((m) => (m.predict(x) as tf.Tensor).dataSync());
    expect(actual).toEqual(expected);
    expect([...read.weights.keys()]).toContain('second/bias');
  });
});

describe('a tf.js model that cannot be converted', () => {
  test('is named when there is none', async () => {
    await expectRefusal(join(folder, 'absent.json'), /absent\.json cannot be read/);
    await expectRefusal(folder, /holds no model\.json$/);
    await writeFile(join(folder, 'network.json'), '{}');
    await expectRefusal(folder, /no model\.json; it holds network\.json/);
  });

  test('is named when it is of another format', async () => {
    const writeOther = async (name: string, content: string): Promise<string> => {
      await writeFile(join(folder, name), content, 'latin1');
      return join(folder, name);
    };
    const hdf5 = '\x89HDF\r\n\x1a\n\0\0';
    await expectRefusal(await writeOther('model.h5', hdf5), /Keras HDF5.*tensorflowjs_converter/);
    await expectRefusal(await writeOther('model.keras', 'PK\x03\x04...'), /Keras 3/);
    await expectRefusal(await writeOther('model.tflite', '\x1c\0\0\0TFL3'), /TensorFlow Lite/);
    await expectRefusal(await writeOther('model.onnx', '\x08\x08'), /ONNX model already/);
    await expectRefusal(await writeOther('weights.bin', '\0\0'), /weight file/);
    await expectRefusal(await writeOther('saved_model.pb', '\x08'), /SavedModel/);
    await mkdir(join(folder, 'variables'));
    await expectRefusal(folder, /SavedModel.*tensorflowjs_converter/);
  });

  test('is named when its JSON is damaged, of something else or of an unknown format', async () => {
    await expectRefusal(await write('{"format": "graph-mod'), /model\.json is not JSON/);
    await expectRefusal(await write('[1, 2]'), /no tf\.js model/);
    await expectRefusal(await write({ version: 1 }), /no tf\.js model.*modelTopology/);
    await expectRefusal(await write({ ...GRAPH, format: 'flax' }), /format "flax"/);
    await expectRefusal(
      await write({ ...GRAPH, format: 'layers-model' }),
      /called a layers-model, but its topology is a graph-model's/,
    );
  });

  test('is named when the manifest is missing or wrong', async () => {
    const { weightsManifest: _, ...json } = GRAPH;
    await expectRefusal(await write(json), /weightsManifest is missing/);
    const weightsManifest = [{ paths: ['one.bin'], weights: [{ name: 'w', shape: [-1] }] }];
    await expectRefusal(
      await write({ ...json, weightsManifest }),
      /weightsManifest\[0\]\.weights\[0\]\.shape\[0\] is -1/,
    );
    const twins = [{ paths: ['one.bin'], weights: [WEIGHTS[1], WEIGHTS[1]] }];
    await expectRefusal(
      await write({ ...json, weightsManifest: twins }, { 'one.bin': BYTES.subarray(0, 16) }),
      /two weights named shape/,
    );
  });

  test('is named when a weight file is missing, short or too long', async () => {
    const path = await write(GRAPH);
    await rm(join(folder, 'two.bin'));
    await expectRefusal(path, /two\.bin is missing/);
    await write(GRAPH, { 'two.bin': BYTES.subarray(26, 30) });
    await expectRefusal(path, /one\.bin \(26 bytes\), two\.bin \(4 bytes\).* 32 bytes, 2 missing/);
    await write(GRAPH, { 'two.bin': BYTES });
    await expectRefusal(path, /26 too many/);
  });

  test.each([
    '../secret.bin',
    'a/../../secret.bin',
    '/etc/hostname',
    'https://example.org/one.bin',
    '..',
  ])('is refused when its weights lie outside its folder: %s', async (weightPath) => {
    const weightsManifest = [{ paths: [weightPath], weights: WEIGHTS }];
    await expectRefusal(await write({ ...GRAPH, weightsManifest }), /outside the model's folder/);
  });

  test('is refused with weights that are empty, not finite or of another type', async () => {
    const floats = (...values: number[]): Uint8Array => {
      return new Uint8Array(Float32Array.from(values).buffer);
    };
    await expectRefusal(await writeWeight({ shape: [3, 0] }, floats()), /w has the shape \[3,0\]/);
    await expectRefusal(
      await writeWeight({ shape: [1, 2] }, floats(1, Number.NaN)),
      /weight w \[1,2\] holds NaN at position 1/,
    );
    await expectRefusal(
      await writeWeight({ shape: [] }, floats(Number.NEGATIVE_INFINITY)),
      /w \[\] holds -Infinity/,
    );
    const half = { dtype: 'float16' };
    await expectRefusal(
      await writeWeight({ shape: [1], quantization: half }, Uint8Array.of(0x00, 0x7c)),
      /holds Infinity/,
    );
    await expectRefusal(await writeWeight({ dtype: 'string' }, floats(1)), /w is string/);
    await expectRefusal(
      await writeWeight({ quantization: { dtype: 'uint8' } }, Uint8Array.of(1)),
      /metadata min and scale/,
    );
  });
});

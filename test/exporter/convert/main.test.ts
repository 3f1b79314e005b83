import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { exportModel } from '../../../exporter/convert/export-model.ts';
import { main } from '../../../exporter/convert/main.ts';
import { compareValues } from '../../../exporter/golden.ts';
import type { Tensor } from '../../../models/contract/tensor.ts';
import { createRunner } from '../../../trainer/evaluation/runner.ts';
import { predict, randomizeWeights, randomTensor } from '../../support/layers-parity.ts';
import { saveLayersModel } from '../../support/save-model.ts';
import { uNet } from '../layers-model/networks.ts';

let folder: string;
let printed: string[];
let refused: string[];

beforeEach(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'convert-'));
  printed = [];
  refused = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => printed.push(line));
  vi.spyOn(console, 'error').mockImplementation((line: string) => refused.push(line));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** Runs the command on a model in the folder. */
function convert(...options: string[]): Promise<number> {
  return main([join(folder, 'model.json'), join(folder, 'out.onnx'), ...options]);
}

describe('deep-makeover convert', () => {
  test('writes the model and says what it takes and gives', async () => {
    const model = randomizeWeights(uNet(), 3);
    await saveLayersModel(model, folder);
    expect(await convert()).toBe(0);
    expect(printed.join('\n')).toMatch(
      /out\.onnx: 0\.\d+ MB, \d+ parameters, [\d.]+ GFLOP at 224x224\n  takes picture: float32 \[n, h, w, 3\]\n  gives result: float32 \[n, h, w, 3\]\n  sizes: h is a multiple of 4, w is a multiple of 4/,
    );
    const input = randomTensor([2, 8, 12, 3], 1);
    const [expected] = predict(model, [input]) as [Tensor];
    const runner = await createRunner(await readFile(join(folder, 'out.onnx')));
    const { result } = (await runner.run({ picture: input })) as { result: Tensor };
    expect(compareValues(result.data, expected.data).maxAbs).toBeLessThan(1e-4);
    expect((await readdir(folder)).sort()).toEqual(['model.json', 'out.onnx', 'weights.bin']);
  });

  test('takes a folder, formats and negative ranges', async () => {
    await saveLayersModel(uNet(), folder);
    const args = ['--io', 'uint8-nhwc', '--range', '-1..1', '--output-range=0..1'];
    expect(await main([folder, join(folder, 'out.onnx'), ...args])).toBe(0);
    expect(printed.join()).toContain('takes picture: uint8 [n, h, w, 3]');
    expect(printed.join()).toContain('gives result: uint8 [n, h, w, 3]');
  });

  test('takes the topology as the converter from Keras writes it', async () => {
    const model = randomizeWeights(uNet(), 7);
    await saveLayersModel(model, folder, (text) => {
      const { modelTopology, ...json } = JSON.parse(text) as { modelTopology: object };
      const wrapped = {
        keras_version: '2.15.0',
        backend: 'tensorflow',
        model_config: modelTopology,
      };
      return JSON.stringify({ ...json, modelTopology: wrapped });
    });
    expect(await convert()).toBe(0);
    expect(await readFile(join(folder, 'out.onnx'))).toEqual(Buffer.from(await exportModel(model)));
  });

  test('explains itself', async () => {
    expect(await main(['--help'])).toBe(0);
    expect(printed.join()).toContain('--io FORMAT');
  });

  test.each([
    [['model.json'], /name the model and the file/],
    [['model.json', 'out.pb'], /expected a name.onnx/],
    [['model.json', 'out.onnx', '--io', 'int8'], /--io is int8, expected float32-nhwc/],
    [['model.json', 'out.onnx', '--range', '0..1'], /need --io uint8-nhwc/],
    [
      ['model.json', 'out.onnx', '--io', 'uint8-nhwc', '--range', '0-1'],
      /--range is 0-1, expected/,
    ],
    [['model.json', 'out.onnx', '--quick'], /--quick/],
  ])('refuses the arguments %s', async (args, message) => {
    expect(await main(args)).toBe(2);
    expect(refused.join()).toMatch(message);
  });
});

describe('a bad model', () => {
  /** One line, exit code 2, and nothing written. */
  async function expectRefusal(message: RegExp): Promise<void> {
    const before = await readdir(folder);
    expect(await convert()).toBe(2);
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatch(message);
    expect(refused[0]).not.toContain('\n');
    expect(await readdir(folder)).toEqual(before);
  }

  test('is refused when nothing is there', async () => {
    await expectRefusal(/model\.json cannot be read/);
  });

  test('is refused without its weights', async () => {
    await saveLayersModel(uNet(), folder);
    await rm(join(folder, 'weights.bin'));
    await expectRefusal(/weight file weights\.bin is missing/);
  });

  test('is refused with a short weight file', async () => {
    await saveLayersModel(uNet(), folder);
    const weights = await readFile(join(folder, 'weights.bin'));
    await writeFile(join(folder, 'weights.bin'), weights.subarray(0, weights.length - 8));
    await expectRefusal(/8 missing/);
  });

  test('is refused with NaN weights', async () => {
    const model = randomizeWeights(uNet(), 4);
    model.setWeights(
      model.getWeights().map((weight, i) => (i === 2 ? tf.mul(weight, Number.NaN) : weight)),
    );
    await saveLayersModel(model, folder);
    await expectRefusal(/holds NaN/);
  });

  test('is refused with a custom layer', async () => {
    await saveLayersModel(uNet(), folder, (text) => text.replace('"LeakyReLU"', '"MyLeaky"'));
    await expectRefusal(/MyLeaky down0_leaky \(layer \d+ of \d+\); supported layers are/);
  });

  test('is refused with a cycle', async () => {
    await saveLayersModel(uNet(), folder, (text) =>
      text.replace('[["picture",0,0,{}]]', '[["result",0,0,{}]]'),
    );
    await expectRefusal(/the graph has a cycle/);
  });

  test('leaves an existing file as it was', async () => {
    await writeFile(join(folder, 'out.onnx'), 'the old one');
    await expectRefusal(/cannot be read/);
    expect(await readFile(join(folder, 'out.onnx'), 'utf8')).toBe('the old one');
  });
});

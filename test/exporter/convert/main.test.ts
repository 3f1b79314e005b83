import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { exportModel } from '../../../exporter/convert/export-model.ts';
import { main } from '../../../exporter/convert/main.ts';
import { compareValues } from '../../../exporter/golden.ts';
import { summariseOnnx } from '../../../models/contract/onnx-file.ts';
import type { Tensor } from '../../../models/contract/tensor.ts';
import { createRunner } from '../../../trainer/evaluation/runner.ts';
import { predict, randomizeWeights, randomTensor, turn } from '../../support/layers-parity.ts';
import { saveLayersModel } from '../../support/save-model.ts';
import { generator, uNet } from '../layers-model/networks.ts';

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

describe('variants', () => {
  /** Pictures of smooth colour, as files in a folder of their own. */
  async function drawPictures(): Promise<string> {
    const pictures = join(folder, 'pictures');
    await mkdir(pictures);
    for (let i = 0; i < 3; i++) {
      const data = Uint8Array.from({ length: 3 * 40 * 30 }, (_, j) => (j * (i + 1)) % 251);
      await sharp(data, { raw: { width: 40, height: 30, channels: 3 } })
        .png()
        .toFile(join(pictures, `${i}.png`));
    }
    return pictures;
  }

  async function run(x: Tensor): Promise<Tensor> {
    const runner = await createRunner(await readFile(join(folder, 'out.onnx')));
    return (await runner.run({ picture: x }))['result'] as Tensor;
  }

  test('fp16 is smaller and nearly the same', async () => {
    const model = randomizeWeights(uNet(), 5);
    await saveLayersModel(model, folder);
    expect(await convert()).toBe(0);
    const whole = (await readFile(join(folder, 'out.onnx'))).length;
    expect(await convert('--variant', 'fp16')).toBe(0);
    expect((await readFile(join(folder, 'out.onnx'))).length).toBeLessThan(whole);
    const x = randomTensor([2, 8, 12, 3], 2);
    const [expected] = predict(model, [x]) as [Tensor];
    const { maxAbs } = compareValues((await run(x)).data, expected.data);
    expect(maxAbs).toBeGreaterThan(0);
    expect(maxAbs).toBeLessThan(0.02);
  });

  test.each(['float32-nhwc', 'float32-nchw'] as const)(
    'int8 is calibrated on pictures as %s',
    async (io) => {
      const model = randomizeWeights(uNet(), 6);
      await saveLayersModel(model, folder);
      const pictures = await drawPictures();
      const flags = ['--io', io, '--range', '0..1', '--variant', 'int8', '--calibrate', pictures];
      expect(await convert(...flags)).toBe(0);
      const file = await readFile(join(folder, 'out.onnx'));
      expect(summariseOnnx(file).opTypes).toContain('QuantizeLinear');
      const data = randomTensor([2, 8, 12, 3], 3).data.map((value) => Math.min(1, Math.abs(value)));
      const x: Tensor = { type: 'float32', dims: [2, 8, 12, 3], data: Float32Array.from(data) };
      const [expected] = predict(model, [x]) as [Tensor];
      const isPlanes = io === 'float32-nchw';
      const found = await run(isPlanes ? turn(x, [0, 3, 1, 2]) : x);
      const result = isPlanes ? turn(found, [0, 2, 3, 1]) : found;
      const { meanAbs } = compareValues(result.data, expected.data);
      expect(meanAbs).toBeGreaterThan(0);
      expect(meanAbs).toBeLessThan(0.1);
    },
  );

  test.each([
    [['--variant', 'int8'], /needs --calibrate/],
    [['--variant', 'fp32', '--calibrate', 'there'], /for --variant int8 only/],
    [['--variant', 'half'], /--variant is half/],
  ])('refuses %s', async (flags, message) => {
    expect(await convert(...flags)).toBe(2);
    expect(refused.join()).toMatch(message);
  });

  test('refuses a folder without pictures, and models of vectors', async () => {
    await saveLayersModel(uNet(), folder);
    expect(await convert('--variant', 'int8', '--calibrate', folder)).toBe(2);
    expect(refused.join()).toMatch(/has no pictures to calibrate on/);
    await saveLayersModel(generator(), folder);
    expect(await convert('--variant', 'int8', '--calibrate', await drawPictures())).toBe(2);
    expect(refused.join()).toMatch(/picture of 3 channels/);
    expect(await readdir(folder)).not.toContain('out.onnx');
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

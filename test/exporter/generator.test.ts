import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildGenerator } from '../../exporter/generator/network.ts';
import { runGenerator } from '../../exporter/generator/reference.ts';
import { compareValues } from '../../exporter/golden.ts';
import { mergeEnlargements } from '../../exporter/onnx/merge-enlargements.ts';
import { summariseOnnx } from '../../models/contract/onnx-file.ts';
import type { Tensor } from '../../models/contract/tensor.ts';
import { createRunner } from '../../trainer/evaluation/runner.ts';
import { frozenShapes, initGenerator } from '../../trainer/networks/generator.ts';
import type { ParameterValue } from '../../trainer/networks/parameters.ts';
import { Random } from '../../trainer/random.ts';
import { collectNormStatistics } from '../../trainer/training/norm-statistics.ts';

const config = { widths: [6, 8, 12] as [number, number, number], blocks: 2, targets: 3 };
const size = { height: 100, width: 80 };

/** Weights all drawn at random, so that no scale of 1 or shift of 0 hides a mistake. */
function randomWeights(seed: number): Map<string, ParameterValue> {
  const random = new Random(seed);
  const weights = new Map<string, ParameterValue>();
  for (const [name, { shape, data }] of initGenerator(config, random)) {
    const deviation = name.startsWith('head') ? 0.1 : 0.3;
    const values = data.map((value) => value + deviation * random.normal());
    weights.set(name, { shape, data: values });
  }
  return weights;
}

function randomImages(n: number, height: number, width: number): Tensor {
  const random = new Random(n * height * width);
  const data = new Uint8Array(n * height * width * 3);
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.max(0, Math.min(255, Math.round(127 + 80 * random.normal())));
  }
  return { type: 'uint8', dims: [n, height, width, 3], data };
}

/** The same with normalisations that are frozen at the statistics of random images. */
function frozenWeights(seed: number): Map<string, ParameterValue> {
  const weights = randomWeights(seed);
  const tensors = new Map(
    [...weights].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
  );
  const { data } = randomImages(3, 36, 28);
  const x = tf.tensor4d(
    Float32Array.from(data, (level) => level / 127.5 - 1),
    [3, 36, 28, 3],
  );
  const faces = { x, targets: Int32Array.of(0, 1, 2) };
  return new Map([...weights, ...collectNormStatistics(config, tensors, [faces])]);
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Three sizes of each network. */
const PARITY_CASES = [
  { norms: 'instance', create: randomWeights },
  { norms: 'frozen', create: frozenWeights },
].flatMap((network) => [
  { ...network, n: 1, height: 100, width: 80 },
  { ...network, n: 3, height: 24, width: 44 },
  { ...network, n: 2, height: 128, width: 96 },
]);

describe('the exported generator', () => {
  const weights = randomWeights(5);

  test.each(PARITY_CASES)(
    'with $norms norms equals tf.js on $n faces of $height x $width',
    async (given) => {
      const { n, height, width, create } = given;
      const drawn = create(5);
      const graph = buildGenerator({ config, weights: drawn, target: 1, size });
      // As export does it.
      graph.rewrite(mergeEnlargements);
      const file = graph.build('generator', {});
      const images = randomImages(n, height, width);
      const expected = runGenerator(config, drawn, 1, images);
      const actual = await (await createRunner(file)).run({ image: images });
      expect(actual['residual']?.dims).toEqual([n, height, width, 3]);
      // 1e-4 in [-1, 1] is 0.01275 grey levels.
      const residual = compareValues(
        (actual['residual'] as Tensor).data,
        (expected['residual'] as Tensor).data,
      );
      expect(residual.maxAbs).toBeLessThan(1e-4 * 127.5);
      const result = compareValues(
        (actual['result'] as Tensor).data,
        (expected['result'] as Tensor).data,
      );
      expect(result.maxAbs).toBeLessThanOrEqual(1);
      const change = compareValues((actual['result'] as Tensor).data, images.data);
      expect(change.meanAbs).toBeGreaterThan(3);
    },
  );

  test('bakes in the constants of its own target', async () => {
    const images = randomImages(1, 24, 20);
    const results = await Promise.all(
      [0, 1, 2].map(async (target) => {
        const file = buildGenerator({ config, weights, target, size }).build('generator', {});
        const { residual } = await (await createRunner(file)).run({ image: images });
        const expected = runGenerator(config, weights, target, images)['residual'] as Tensor;
        expect(compareValues((residual as Tensor).data, expected.data).maxAbs).toBeLessThan(0.0128);
        return residual as Tensor;
      }),
    );
    const [first, second] = results as [Tensor, Tensor, Tensor];
    expect(compareValues(first.data, second.data).maxAbs).toBeGreaterThan(1);
  });

  test('is NCHW inside: it transposes at its borders only', () => {
    const file = buildGenerator({ config, weights, target: 0, size }).build('generator', {
      target: 'männlich',
    });
    const summary = summariseOnnx(file);
    expect(summary.opsets).toEqual({ '': 17 });
    expect(summary.irVersion).toBe(8);
    expect(summary.metadata).toEqual({ target: 'männlich' });
    expect(summary.opTypes.filter((type) => type === 'Transpose')).toHaveLength(2);
    expect(summary.opTypes.slice(0, 4)).toEqual(['Cast', 'Transpose', 'Div', 'Sub']);
    expect(summary.opTypes.slice(-9)).toEqual([
      'Conv',
      'Tanh',
      'Transpose',
      'Reshape',
      'Mul',
      'Add',
      'Round',
      'Clip',
      'Cast',
    ]);
    const norms = summary.opTypes.filter((type) => type === 'InstanceNormalization');
    expect(norms).toHaveLength(2 + 2 * config.blocks + 3);
  });

  test('has frozen normalisations folded into its convolutions', () => {
    const graph = buildGenerator({ config, weights: frozenWeights(5), target: 2, size });
    const { opTypes } = summariseOnnx(graph.build('generator', {}));
    const unfrozen = buildGenerator({ config, weights, target: 2, size });
    const norm = 'InstanceNormalization';
    expect(opTypes).toEqual(
      summariseOnnx(unfrozen.build('generator', {})).opTypes.filter((type) => type !== norm),
    );
    expect(opTypes).not.toContain(norm);
    // One bias a channel in the place of a gain and a shift.
    const channels = [...frozenShapes(config).values()].map((shape) => shape.at(-1) as number);
    expect(graph.parameters).toBe(unfrozen.parameters - channels.reduce((a, b) => a + b));
    expect(graph.flop).toBe(unfrozen.flop);
  });

  test('counts its operations for the nominal size', () => {
    const { flop, parameters } = buildGenerator({ config, weights, target: 0, size });
    // Multiply-accumulates per pixel of each size, from the layers' kernels.
    // The head has 3x6 taps and 12 outputs for four pixels.
    const full = 9 * 3 * 6 + 9 * 8 * 6 + 6 * 6 + (18 * 6 * 12) / 4;
    const half = 16 * 6 * 8 + 9 * 12 * 8 + 8 * 8 + 9 * 8 * 8;
    const quarter = 16 * 8 * 12 + config.blocks * 2 * 9 * 12 * 12;
    expect(flop).toBe(2 * (8000 * full + 2000 * half + 500 * quarter));
    expect(parameters).toBeGreaterThan(5000);
  });

  test('refuses weights of another network', () => {
    const partial = new Map([...weights].filter(([name]) => name !== 'skip0/kernel'));
    expect(() => buildGenerator({ config, weights: partial, target: 0, size })).toThrow(
      /no weight skip0\/kernel/,
    );
    expect(() => buildGenerator({ config, weights, target: 3, size })).toThrow(/target 3/);
  });
});

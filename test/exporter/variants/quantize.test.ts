import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../exporter/onnx/graph-builder.ts';
import { decodeModel } from '../../../exporter/onnx/read-model.ts';
import { isQuantizable, quantizeModel } from '../../../exporter/variants/int8/quantize.ts';
import { createWasmRunner } from '../../../exporter/wasm-runner.ts';
import { summariseOnnx } from '../../../models/contract/onnx-file.ts';
import type { TensorMap } from '../../../models/contract/tensor.ts';
import { createRunner } from '../../../trainer/evaluation/runner.ts';
import { buildSmallNetwork, noisePictures } from '../../support/small-network.ts';

/** A convolution 8 -> 1 of `weight` everywhere and a head that passes its sums on. */
function sumOf(weight: number): Uint8Array {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', [1, 8, 4, 4]);
  const kernel = graph.initializer('kernel', [1, 8, 3, 3], new Float32Array(72).fill(weight));
  const sums = graph.op('Conv', 'sums', [x, kernel], { kernel_shape: [3, 3] });
  const one = graph.initializer('one', [1, 1, 1, 1], Float32Array.of(1));
  graph.output(graph.op('Conv', 'y', [sums, one]), 'float32', [1, 1, 2, 2]);
  return graph.build('sum', {});
}

function filled(value: number): TensorMap {
  return { x: { type: 'float32', dims: [1, 8, 4, 4], data: new Float32Array(128).fill(value) } };
}

describe('int8', () => {
  test('stays close to float32, on the CPU and in WebAssembly', async () => {
    const model = buildSmallNetwork({ seed: 1 });
    const int8 = await quantizeModel(model, noisePictures(8, 2));
    const float = await createRunner(model);
    for (const runner of [await createRunner(int8), await createWasmRunner(int8)]) {
      for (const feed of noisePictures(3, 3)) {
        const expected = (await float.run(feed))['residual']?.data ?? [];
        const actual = (await runner.run(feed))['residual']?.data ?? [];
        const differences = Array.from(actual, (value, i) => Math.abs(value - (expected[i] ?? 0)));
        expect(differences.length).toBe(16 * 12 * 3);
        expect(Math.max(...differences)).toBeLessThan(0.06);
        const spread = Math.max(...expected) - Math.min(...expected);
        expect(spread).toBeGreaterThan(0.5);
      }
    }
  });

  test('is computed with integers where it should be, and in float at both ends', async () => {
    const int8 = await quantizeModel(buildSmallNetwork({ seed: 1 }), noisePictures(4, 2));
    const folder = await mkdtemp(join(tmpdir(), 'dm-int8-'));
    try {
      const optimizedModelFilePath = join(folder, 'optimized.onnx');
      const options = { optimizedModelFilePath, graphOptimizationLevel: 'extended' } as const;
      await (await InferenceSession.create(int8, { ...options, logSeverityLevel: 3 })).release();
      const { opTypes } = summariseOnnx(await readFile(optimizedModelFilePath));
      expect(opTypes.filter((opType) => opType === 'QLinearConv')).toHaveLength(3);
      expect(opTypes.filter((opType) => /^(Fused)?Conv$/.test(opType))).toHaveLength(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('has the same bytes for the same pictures', async () => {
    const model = buildSmallNetwork({ seed: 4 });
    const [a, b, other] = await Promise.all(
      [5, 5, 6].map((seed) => quantizeModel(model, noisePictures(4, seed))),
    );
    expect(a).toEqual(b);
    expect(a).not.toEqual(other);
  });

  test('keeps no kernel in float but those of the picture and the head', async () => {
    const int8 = await quantizeModel(buildSmallNetwork({ seed: 1 }), noisePictures(2, 2));
    const kernels = decodeModel(int8).initializers.filter(({ dims }) => dims.length === 4);
    expect(kernels.map(({ name, type }) => `${name} ${type}`).sort()).toEqual([
      'head/weights float32',
      'middle/kernel/levels int8',
      'skip/kernel/levels int8',
      'stem/weights float32',
      'up/kernel/levels int8',
    ]);
  });

  test('does not clip sums where every product is as large as it can be', async () => {
    for (const weight of [1, -1]) {
      const int8 = await quantizeModel(sumOf(weight), [filled(1)]);
      for (const runner of [await createRunner(int8), await createWasmRunner(int8)]) {
        const { y } = await runner.run(filled(1));
        y?.data.forEach((value) => expect(value).toBeCloseTo(72 * weight, 0));
      }
    }
  });

  test('is refused without pictures, without convolutions and on values that say nothing', async () => {
    const model = buildSmallNetwork({ seed: 1 });
    await expect(quantizeModel(model, [])).rejects.toThrow(/no pictures to calibrate/);
    await expect(quantizeModel(sumOf(1), [filled(0)])).rejects.toThrow(/x was zero on every/);
    await expect(quantizeModel(sumOf(1), [filled(Number.NaN)])).rejects.toThrow(/becomes NaN/);
    await expect(quantizeModel(sumOf(Number.NaN), [filled(1)])).rejects.toThrow(/not finite|NaN/);
    const huge = buildSmallNetwork({ seed: 1, gain: 1e38 });
    await expect(quantizeModel(huge, noisePictures(1, 1))).rejects.toThrow(/Infinity|NaN/);
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [1, 8, 4, 4]);
    const kernel = graph.initializer('kernel', [8, 1, 1, 1], new Float32Array(8).fill(1));
    const depthwise = graph.op('Conv', 'depthwise', [x, kernel], { group: 8 });
    graph.output(graph.op('Conv', 'y', [depthwise, kernel], { group: 8 }), 'float32', [1, 8, 4, 4]);
    const empty = graph.build('empty', {});
    expect(isQuantizable(empty)).toBe(false);
    await expect(quantizeModel(empty, [])).rejects.toThrow(/no convolution that could/);
  });
});

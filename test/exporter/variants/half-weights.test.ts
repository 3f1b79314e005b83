import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../exporter/onnx/graph-builder.ts';
import { decodeModel } from '../../../exporter/onnx/read-model.ts';
import { storeHalfWeights } from '../../../exporter/variants/half-weights.ts';
import { createRunner } from '../../../trainer/evaluation/runner.ts';
import { buildSmallNetwork, noisePictures } from '../../support/small-network.ts';

function matrix(values: readonly number[]): Uint8Array {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', [1, 1]);
  const data = Float32Array.from(values);
  const w = graph.initializer('w', [1, data.length], data);
  graph.output(graph.op('MatMul', 'y', [x, w]), 'float32', [1, data.length]);
  return graph.build('matrix', {});
}

describe('kernels in half precision', () => {
  test('are rounded to the nearest, ties to even, and computed with in float32', async () => {
    // 1 + 2^-11 lies midway between 1 and 1 + 2^-10, 1 + 3 * 2^-11 between the next two.
    const runner = await createRunner(
      storeHalfWeights(matrix([0.1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -24, -65504])),
    );
    const feed = { x: { type: 'float32', dims: [1, 1], data: Float32Array.of(1) } } as const;
    const { y } = await runner.run(feed);
    expect([...(y?.data ?? [])]).toEqual([0.0999755859375, 1, 1 + 2 ** -9, 2 ** -24, -65504]);
  });

  test('halve the file and move a network by little', async () => {
    const model = buildSmallNetwork({ seed: 1 });
    const half = storeHalfWeights(model);
    const { initializers } = decodeModel(half);
    const kernels = initializers.filter(({ dims }) => dims.length > 1);
    expect(kernels.map(({ type }) => type)).toEqual(Array(5).fill('float16'));
    expect(initializers.find(({ name }) => name === 'scales')?.type).toBe('float32');
    const [a, b] = await Promise.all([createRunner(model), createRunner(half)]);
    for (const feed of noisePictures(3, 2)) {
      const expected = (await a.run(feed))['residual']?.data ?? [];
      const actual = (await b.run(feed))['residual']?.data ?? [];
      expect(actual.length).toBe(16 * 12 * 3);
      actual.forEach((value, i) => {
        expect(Math.abs(value - (expected[i] ?? 0))).toBeLessThan(2e-3);
      });
    }
  });

  test('are refused beyond the range of half precision', () => {
    expect(() => storeHalfWeights(matrix([1, 65520]))).toThrow(/^w: 65520 cannot be stored/);
    expect(() => storeHalfWeights(matrix([Number.NaN]))).toThrow(/keep the model in float32/);
  });
});

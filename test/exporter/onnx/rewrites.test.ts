import { describe, expect, test } from 'vitest';
import { relu } from '../../../exporter/onnx/activations.ts';
import { conv, convTranspose } from '../../../exporter/onnx/convolutions.ts';
import { dense } from '../../../exporter/onnx/dense.ts';
import { freeDim } from '../../../exporter/onnx/dims.ts';
import { binary, withConstant } from '../../../exporter/onnx/elementwise.ts';
import { foldAffines } from '../../../exporter/onnx/fold-affines.ts';
import { foldTransposes } from '../../../exporter/onnx/fold-transposes.ts';
import { GraphBuilder } from '../../../exporter/onnx/graph-builder.ts';
import { toChannelsFirst, toPlain } from '../../../exporter/onnx/layouts.ts';
import { mergeConstants } from '../../../exporter/onnx/merge-constants.ts';
import { affine } from '../../../exporter/onnx/norms.ts';
import { reshape } from '../../../exporter/onnx/shapes.ts';
import type { TensorValue } from '../../../exporter/onnx/tensor-value.ts';
import { summariseOnnx } from '../../../models/contract/onnx-file.ts';
import type { Tensor } from '../../../models/contract/tensor.ts';
import { createRunner } from '../../../trainer/evaluation/runner.ts';
import { Random } from '../../../trainer/random.ts';

const random = new Random(11);

function values(...shape: number[]): { shape: number[]; data: Float32Array } {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float32Array.from({ length: size }, () => random.normal()) };
}

type Rewrite = Parameters<GraphBuilder['rewrite']>[0];

/** Builds a graph of one input twice, with a rewrite and without; both must give the same. */
async function rewritten(
  dims: readonly number[],
  build: (graph: GraphBuilder, x: TensorValue) => TensorValue,
  ...passes: readonly Rewrite[]
): Promise<readonly string[]> {
  const make = (rewrites: readonly Rewrite[]): Uint8Array => {
    const graph = new GraphBuilder();
    const value = graph.input('x', 'float32', ['n', ...dims]);
    const y = toPlain(
      graph,
      build(graph, { value, dims: [freeDim('n'), ...dims], layout: 'plain' }),
    );
    const names = y.dims.map((dim) => (typeof dim === 'number' ? dim : dim.symbol));
    graph.output(graph.publish(y.value, 'y'), 'float32', names);
    for (const pass of rewrites) graph.rewrite(pass);
    return graph.build('rewritten', {});
  };
  const input = values(2, ...dims);
  const feed = { x: { type: 'float32', dims: input.shape, data: input.data } satisfies Tensor };
  const [plain, changed] = [make([]), make(passes)];
  const { y: expected } = (await (await createRunner(plain)).run(feed)) as { y: Tensor };
  const { y: actual } = (await (await createRunner(changed)).run(feed)) as { y: Tensor };
  expect(actual.dims).toEqual(expected.dims);
  const differences = actual.data.map((value, i) => Math.abs(value - (expected.data[i] as number)));
  expect(Math.max(...differences)).toBeLessThan(1e-5);
  return summariseOnnx(changed).opTypes;
}

/** Random constants, drawn once for both builds. */
const kernels = {
  conv: values(3, 3, 4, 6),
  transposed: values(2, 2, 6, 4),
  grouped: values(1, 1, 1, 6),
  inner: values(3, 3, 6, 6),
  dense: values(24, 30),
};
const seedBias = values(30).data;
const six = values(6);
const bias = values(6).data;

describe('folding of affine steps', () => {
  const convolve = (graph: GraphBuilder, x: TensorValue, withBias = true): TensorValue =>
    conv(graph, 'conv', x, kernels.conv, { padding: 'same', ...(withBias && { bias }) });

  test.each([true, false])(
    'takes a scale and a shift into a convolution, bias: %s',
    async (withBias) => {
      const types = await rewritten(
        [5, 4, 4],
        (graph, x) => affine(graph, 'bn', convolve(graph, x, withBias), six.data, bias),
        foldAffines,
      );
      expect(types).toEqual(['Transpose', 'Conv', 'Transpose']);
    },
  );

  test('takes them into groups and transposed convolutions', async () => {
    const types = await rewritten(
      [5, 4, 4],
      (graph, x) => {
        const y = convTranspose(graph, 'up', x, kernels.transposed, {
          strides: [2, 2],
          padding: 'same',
        });
        const grouped = conv(
          graph,
          'grouped',
          affine(graph, 'bn1', y, six.data, bias),
          kernels.grouped,
          {
            groups: 6,
            padding: 'valid',
          },
        );
        return affine(graph, 'bn2', grouped, six.data, bias);
      },
      foldAffines,
    );
    expect(types).toEqual(['Transpose', 'ConvTranspose', 'Conv', 'Transpose']);
  });

  test('takes differences and single factors, in a chain', async () => {
    const types = await rewritten(
      [5, 4, 4],
      (graph, x) => {
        const scaled = withConstant(graph, 'Mul', 'half', convolve(graph, x), {
          shape: [],
          data: Float32Array.of(0.5),
        });
        return withConstant(graph, 'Sub', 'centred', scaled, { shape: [1, 1, 1, 6], data: bias });
      },
      foldAffines,
    );
    expect(types).toEqual(['Transpose', 'Conv', 'Transpose']);
  });

  test('leaves constants that are not per channel, and values with other readers', async () => {
    const perPixel = values(1, 5, 4, 6);
    const pixels = await rewritten(
      [5, 4, 4],
      (graph, x) => withConstant(graph, 'Mul', 'pixels', convolve(graph, x), perPixel),
      foldAffines,
    );
    expect(pixels).toContain('Mul');
    const read = await rewritten(
      [5, 4, 4],
      (graph, x) => {
        const y = convolve(graph, x);
        return binary(graph, 'Add', 'sum', y, affine(graph, 'bn', y, six.data, bias));
      },
      foldAffines,
    );
    expect(read.filter((type) => type === 'Mul')).toHaveLength(1);
  });

  test('leaves a kernel that two layers share', async () => {
    const types = await rewritten(
      [5, 4, 4],
      (graph, x) => {
        const first = conv(graph, 'a', x, kernels.conv, { padding: 'same' });
        const second = conv(graph, 'b', x, kernels.conv, { padding: 'valid' });
        const normal = affine(graph, 'bn', first, six.data, bias);
        const pooled = conv(graph, 'pick', normal, kernels.inner, { padding: 'valid' });
        return binary(graph, 'Add', 'sum', pooled, second);
      },
      mergeConstants,
      foldAffines,
    );
    expect(types.filter((type) => type === 'Mul')).toHaveLength(1);
  });
});

describe('folding of transposes', () => {
  const toMap = (graph: GraphBuilder, x: TensorValue): TensorValue => {
    const batch = x.dims[0] ?? 1;
    return toChannelsFirst(graph, 'map', reshape(graph, 'map', x, [batch, 3, 2, 5]));
  };
  const head = (graph: GraphBuilder, x: TensorValue): TensorValue =>
    dense(graph, 'seed', x, kernels.dense, seedBias);

  test('lets a dense layer give the order of a map', async () => {
    const types = await rewritten(
      [24],
      (graph, x) => toMap(graph, relu(graph, 'relu', head(graph, x))),
      foldTransposes,
    );
    expect(types).toEqual(['Gemm', 'Relu', 'Reshape', 'Transpose']);
  });

  test('leaves a transpose where the features have another reader', async () => {
    const types = await rewritten(
      [24],
      (graph, x) => {
        const y = head(graph, x);
        const map = toMap(graph, y);
        const again = reshape(graph, 'again', y, [x.dims[0] ?? 1, 3, 2, 5]);
        return binary(graph, 'Add', 'sum', map, again);
      },
      foldTransposes,
    );
    expect(types.filter((type) => type === 'Transpose').length).toBeGreaterThan(1);
  });
});

describe('names of values', () => {
  test('an output takes its name from an inner value', async () => {
    const graph = new GraphBuilder();
    const value = graph.input('x', 'float32', ['n']);
    graph.op('Relu', 'y', [value]);
    graph.op('Neg', 'y/neg', ['y']);
    expect(graph.nameValue('y/neg', 'y')).toBe('y');
    graph.output('y', 'float32', ['n']);
    const runner = await createRunner(graph.build('named', {}));
    const x: Tensor = { type: 'float32', dims: [3], data: Float32Array.of(-1, 0, 2) };
    expect([...((await runner.run({ x }))['y'] as Tensor).data]).toEqual([-0, -0, -2]);
  });

  test('an input can be an output under another name', async () => {
    const graph = new GraphBuilder();
    const value = graph.input('x', 'float32', ['n']);
    graph.output(graph.publish(value, 'y'), 'float32', ['n']);
    graph.output(graph.publish('y', 'z'), 'float32', ['n']);
    const runner = await createRunner(graph.build('copied', {}));
    const x: Tensor = { type: 'float32', dims: [2], data: Float32Array.of(1, 2) };
    const { y, z } = (await runner.run({ x })) as { y: Tensor; z: Tensor };
    expect([...y.data, ...z.data]).toEqual([1, 2, 1, 2]);
  });
});

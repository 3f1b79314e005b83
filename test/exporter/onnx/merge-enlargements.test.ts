import { describe, expect, test } from 'vitest';
import { compareValues } from '../../../exporter/golden.ts';
import { relu } from '../../../exporter/onnx/activations.ts';
import type { FloatConstant } from '../../../exporter/onnx/constants.ts';
import { type ConvOptions, conv } from '../../../exporter/onnx/convolutions.ts';
import { freeDim } from '../../../exporter/onnx/dims.ts';
import { GraphBuilder } from '../../../exporter/onnx/graph-builder.ts';
import { mergeEnlargements } from '../../../exporter/onnx/merge-enlargements.ts';
import { type Interpolation, upsample } from '../../../exporter/onnx/resize.ts';
import type { TensorValue } from '../../../exporter/onnx/tensor-value.ts';
import { summariseOnnx } from '../../../models/contract/onnx-file.ts';
import type { Tensor } from '../../../models/contract/tensor.ts';
import { createRunner } from '../../../trainer/evaluation/runner.ts';
import { Random } from '../../../trainer/random.ts';

const INPUTS = 3;
const OUTPUTS = 5;
const BIAS = Float32Array.of(1, -2, 3, -4, 5);

function drawn(shape: readonly number[]): FloatConstant {
  const random = new Random(shape.length);
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float32Array.from({ length: size }, () => random.normal()) };
}

interface Layers {
  readonly factors?: readonly [number, number];
  readonly interpolation?: Interpolation;
  readonly side?: number;
  readonly options?: Partial<ConvOptions>;
  /** Whether something else reads the enlarged map. */
  readonly isShared?: boolean;
}

/** [n, 3, h, w] enlarged and convolved to [n, 5, 2h, 2w], h and w free. */
function build({ factors = [2, 2], interpolation, side = 3, options, isShared }: Layers = {}) {
  const graph = new GraphBuilder();
  const value = graph.input('x', 'float32', ['n', INPUTS, 'h', 'w']);
  const dims = [freeDim('n'), freeDim('h', 10, 1), freeDim('w', 8, 1), INPUTS];
  const x: TensorValue = { value, dims, layout: 'channels-first' };
  const enlarged = upsample(graph, 'enlarged', x, factors, interpolation);
  const kernel = drawn([side, side, INPUTS, OUTPUTS]);
  const y = conv(graph, 'y', enlarged, kernel, { padding: 'same', bias: BIAS, ...options });
  graph.output(y.value, 'float32', ['n', OUTPUTS, 'H', 'W']);
  if (isShared) {
    const other = relu(graph, 'other', enlarged);
    graph.output(other.value, 'float32', ['n', INPUTS, 'H', 'W']);
  }
  return graph;
}

/** The graph before and after. */
function buildBoth(layers?: Layers): readonly [Uint8Array, Uint8Array] {
  const graph = build(layers);
  const before = graph.build('before', {});
  graph.rewrite(mergeEnlargements);
  return [before, graph.build('after', {})];
}

const opTypes = (file: Uint8Array): readonly string[] => summariseOnnx(file).opTypes;

describe('an enlargement and the convolution behind it', () => {
  test.each([
    [1, 10, 8],
    [3, 7, 5],
    [2, 1, 1],
  ])('give the same when merged, for %i maps of %i x %i', async (n, height, width) => {
    const [before, after] = buildBoth();
    expect(opTypes(before)).toEqual(['Resize', 'Conv']);
    expect(opTypes(after)).toEqual(['ConvTranspose']);
    const dims = [n, INPUTS, height, width];
    const x: Tensor = { type: 'float32', dims, data: drawn(dims).data };
    const { y: expected } = await (await createRunner(before)).run({ x });
    const { y: actual } = await (await createRunner(after)).run({ x });
    if (actual === undefined || expected === undefined) throw new Error('a graph gives no y');
    expect(actual.dims).toEqual([n, OUTPUTS, 2 * height, 2 * width]);
    expect(actual.dims).toEqual(expected.dims);
    expect(compareValues(actual.data, expected.data).maxAbs).toBeLessThan(1e-4);
  });

  test('are merged beside others that read the enlarged map, which stays', async () => {
    const [before, after] = buildBoth({ isShared: true });
    expect(opTypes(after)).toEqual(['Resize', 'ConvTranspose', 'Relu']);
    const x: Tensor = { type: 'float32', dims: [1, INPUTS, 4, 6], data: drawn([1, 3, 4, 6]).data };
    const expected = await (await createRunner(before)).run({ x });
    const actual = await (await createRunner(after)).run({ x });
    for (const output of ['y', 'other']) {
      const [a, b] = [actual[output]?.data ?? [], expected[output]?.data ?? []];
      expect(compareValues(Float32Array.from(a), Float32Array.from(b)).maxAbs).toBeLessThan(1e-4);
    }
  });

  test.each<[string, Layers]>([
    ['is by another factor', { factors: [2, 3] }],
    ['is bilinear', { interpolation: 'bilinear' }],
    ['stands before a kernel of another size', { side: 5 }],
    ['stands before a convolution with a stride', { options: { strides: [2, 2] } }],
    ['stands before a convolution with gaps', { options: { dilations: [2, 2] } }],
    ['stands before a convolution without padding', { options: { padding: 'valid' } }],
  ])('stay as they are when it %s', (_, layers) => {
    const [before, after] = buildBoth(layers);
    expect(opTypes(before)).toContain('Resize');
    expect(opTypes(after)).toEqual(opTypes(before));
  });
});

import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildGraphModel, measureGraphModel, randomTensor } from '../../../support/graph-model.ts';
import {
  attribute,
  GraphModelWriter,
  type WindowCase,
  windowAttributes,
} from '../../../support/graph-model-writer.ts';

beforeAll(() => tf.setBackend('cpu'));

/** Sizes of height and width: both even, both odd, and one of each. */
const SIZES = [
  [8, 10],
  [9, 7],
  [7, 12],
] as const;

/** Compares a network of one node for two samples of several sizes, which the model leaves free. */
async function expectParity(
  op: string,
  constants: readonly (readonly [name: string, shape: readonly number[]])[],
  attr: object,
): Promise<void> {
  const writer = new GraphModelWriter();
  const x = writer.placeholder('x', [-1, -1, -1, 3]);
  const inputs = constants.map(([name, shape]) => writer.random(name, shape));
  writer.node(op, 'y', [x, ...inputs], attr);
  const definition = writer.definition();
  for (const [height, width] of SIZES) {
    const [parity] = await measureGraphModel(definition, {
      x: randomTensor([2, height, width, 3]),
    });
    expect(parity?.difference).toBeLessThan(1e-6);
  }
}

const WINDOWS: readonly WindowCase[] = [
  {},
  { strides: [2, 2] },
  { strides: [2, 3], padding: 'VALID' },
  { strides: [3, 2] },
  { dilations: [2, 2] },
  { dilations: [2, 3], padding: 'VALID' },
  { strides: [2, 2], padding: [0, 0, 0, 1, 2, 1, 0, 0] },
];

describe('a convolution', () => {
  test.each(WINDOWS)('equals tf.js at every size: %o', async (window) => {
    await expectParity('Conv2D', [['kernel', [3, 2, 3, 5]]], windowAttributes(window));
  });

  test.each(WINDOWS.filter(({ strides }) => new Set(strides).size < 2))(
    'by channel equals tf.js at every size: %o',
    async (window) => {
      const attr = windowAttributes(window);
      await expectParity('DepthwiseConv2dNative', [['kernel', [3, 3, 3, 2]]], attr);
    },
  );

  test.each(['Relu', 'Relu6', 'Elu', 'LeakyRelu', 'Sigmoid', 'Prelu', undefined])(
    'fused with BiasAdd and %s equals tf.js',
    async (activation) => {
      const attr = {
        ...windowAttributes({ strides: [2, 2] }),
        fused_ops: attribute.texts('BiasAdd', ...(activation ? [activation] : [])),
        num_args: attribute.integer(activation === 'Prelu' ? 2 : 1),
        leakyrelu_alpha: attribute.float(0.2),
      };
      const slope = activation === 'Prelu' ? [['slope', [1, 1, 6]] as const] : [];
      const rest = [['bias', [6]] as const, ...slope];
      await expectParity('_FusedConv2D', [['kernel', [3, 3, 3, 6]], ...rest], attr);
      // By channel, tf.js forgets the slope of LeakyRelu and computes NaN.
      if (activation === 'LeakyRelu') return;
      await expectParity('FusedDepthwiseConv2dNative', [['kernel', [3, 3, 3, 2]], ...rest], attr);
    },
  );

  test('without anything fused, as some exports have it, is a convolution', async () => {
    const attr = { ...windowAttributes({}), num_args: attribute.integer(0) };
    await expectParity('_FusedConv2D', [['kernel', [3, 3, 3, 4]]], attr);
  });
});

describe('a pooling', () => {
  test.each<WindowCase>([
    { strides: [2, 2], padding: 'VALID' },
    { strides: [2, 2] },
    { strides: [1, 1] },
    { strides: [3, 2] },
  ])('equals tf.js at every size: %o', async (window) => {
    const attr = { ...windowAttributes(window), ksize: attribute.integers(1, 3, 2, 1) };
    await expectParity('MaxPool', [], attr);
    await expectParity('AvgPool', [], attr);
  });
});

describe('a transposed convolution', () => {
  /** What Keras's Conv2DTranspose becomes: its output's size is computed from the input's. */
  function transposed(padding: 'SAME' | 'VALID', kernel: number, stride: number): GraphModelWriter {
    const writer = new GraphModelWriter();
    const x = writer.placeholder('x', [-1, -1, -1, 3]);
    writer.random('kernel', [kernel, kernel, 4, 3]);
    writer.random('bias', [4]);
    writer.node('Shape', 'shape', [x]);
    const sizes = [0, 1, 2].map((axis) => {
      const bounds = [axis, axis + 1, 1].map((value, i) => {
        return writer.integers(`bound${i}/${axis}`, [value]);
      });
      return writer.node('StridedSlice', `size${axis}`, ['shape', ...bounds], {
        shrink_axis_mask: attribute.integer(1),
      });
    });
    const more = padding === 'SAME' ? 0 : Math.max(0, kernel - stride);
    const enlarged = sizes.slice(1).map((size, i) => {
      const product = writer.node('Mul', `product${i}`, [
        size,
        writer.integers(`stride${i}`, [stride], []),
      ]);
      return writer.node('AddV2', `sum${i}`, [product, writer.integers(`more${i}`, [more], [])]);
    });
    writer.node('Pack', 'size', [
      sizes[0] ?? '',
      ...enlarged,
      writer.integers('channels', [4], []),
    ]);
    writer.node('Conv2DBackpropInput', 'y', ['size', 'kernel', x], {
      ...windowAttributes({ strides: [stride, stride], padding }),
    });
    writer.node('BiasAdd', 'z', ['y', 'bias']);
    return writer;
  }

  test.each<['SAME' | 'VALID', number, number]>([
    ['SAME', 3, 2],
    ['SAME', 4, 2],
    ['VALID', 3, 2],
    ['VALID', 2, 2],
  ])('equals tf.js: %s, kernel %i, stride %i', async (padding, kernel, stride) => {
    const definition = transposed(padding, kernel, stride).definition();
    const [parity] = await measureGraphModel(definition, { x: randomTensor([2, 5, 6, 3]) });
    expect(parity?.difference).toBeLessThan(1e-6);
  });

  test('is refused where it asks for another size', () => {
    const writer = new GraphModelWriter();
    const x = writer.placeholder('x', [-1, 4, 4, 3]);
    writer.node(
      'Conv2DBackpropInput',
      'y',
      [writer.integers('size', [1, 7, 7, 4]), writer.random('kernel', [3, 3, 4, 3]), x],
      windowAttributes({ strides: [2, 2] }),
    );
    expect(() => buildGraphModel(writer.definition())).toThrow(/asks for \[1, 7, 7, 4\].*8, 8, 4/);
  });
});

import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { summariseOnnx } from '../../../../models/contract/onnx-file.ts';
import { buildGraphModel, measureGraphModel, randomTensor } from '../../../support/graph-model.ts';
import {
  attribute,
  GraphModelWriter,
  windowAttributes,
} from '../../../support/graph-model-writer.ts';

beforeAll(() => tf.setBackend('cpu'));

/** A map whose batch, height and width are free, and some of its sizes, each as a node. */
function writeSizes(writer: GraphModelWriter, axes: readonly number[]): string[] {
  const x = writer.placeholder('x', [-1, -1, -1, 3]);
  writer.node('Conv2D', 'map', [x, writer.random('kernel', [1, 1, 3, 4])], windowAttributes());
  writer.node('Shape', 'shape', ['map']);
  return axes.map((axis) => {
    const bounds = [axis, axis + 1, 1].map((value, i) => {
      return writer.integers(`bound${axis}${i}`, [value]);
    });
    return writer.node('StridedSlice', `size${axis}`, ['shape', ...bounds], {
      shrink_axis_mask: attribute.integer(1),
    });
  });
}

async function expectParity(writer: GraphModelWriter, dims: readonly number[]): Promise<void> {
  const x = randomTensor([2, 4, 6, 3]);
  const [parity] = await measureGraphModel(writer.definition(), { x });
  expect(parity?.dims).toEqual(dims);
  expect(parity?.difference).toBeLessThan(1e-6);
}

function reshaped(
  axes: readonly number[],
  target: (writer: GraphModelWriter, sizes: string[]) => string,
): GraphModelWriter {
  const writer = new GraphModelWriter();
  const sizes = writeSizes(writer, axes);
  writer.node('Reshape', 'y', ['map', target(writer, sizes)]);
  return writer;
}

describe('sizes that are computed', () => {
  test('from the batch give rows, without a node for them', async () => {
    const writer = reshaped([0], (w, [batch = '']) => {
      const rest = [-1, 4].map((size, i) => w.integers(`rest${i}`, [size], []));
      return w.node('Pack', 'target', [batch, ...rest]);
    });
    await expectParity(writer, [2, 24, 4]);
    const { opTypes } = summariseOnnx(buildGraphModel(writer.definition()));
    expect(opTypes).not.toContain('Shape');
    expect(opTypes.filter((type) => type === 'Transpose')).toHaveLength(2);
  });

  test.each([
    ['Mul', (w: GraphModelWriter, h: string, v: string) => w.node('Mul', 'area', [h, v])],
    [
      'Prod',
      (w: GraphModelWriter, h: string, v: string) => {
        const pair = w.node('Pack', 'pair', [h, v]);
        return w.node('Prod', 'area', [pair, w.integers('axis', [0])]);
      },
    ],
  ])('as a product of free ones give rows: %s', async (_, area) => {
    const writer = reshaped(
      [0, 1, 2, 3],
      (w, [batch = '', height = '', width = '', channels = '']) => {
        return w.node('Pack', 'target', [batch, area(w, height, width), channels]);
      },
    );
    await expectParity(writer, [2, 24, 4]);
  });

  test('by slices, casts and joins are followed', async () => {
    const writer = reshaped([], (w) => {
      w.node('Slice', 'batch', ['shape', w.integers('begin', [0]), w.integers('count', [1])]);
      w.node('Cast', 'cast', ['batch'], { DstT: attribute.type('DT_INT32') });
      const parts = ['cast', w.integers('rest', [-1, 2]), w.integers('axis', [0], [])];
      return w.node('ConcatV2', 'target', parts, { N: attribute.integer(2) });
    });
    await expectParity(writer, [2, 48, 2]);
  });

  test('by gathering, sums and differences are followed', async () => {
    const writer = reshaped([], (w) => {
      const axis = w.integers('axis', [0], []);
      w.node('GatherV2', 'batch', ['shape', w.integers('index', [0], []), axis]);
      w.node('AddV2', 'more', ['batch', w.integers('three', [3], [])]);
      w.node('Sub', 'again', ['more', w.integers('also three', [3], [])]);
      w.node('ExpandDims', 'vector', ['again', axis]);
      w.node('Squeeze', 'number', ['vector']);
      w.node('Reshape', 'reshaped', ['number', w.integers('one', [1])]);
      const parts = ['reshaped', w.integers('rest', [-1]), axis];
      return w.node('ConcatV2', 'target', parts, { N: attribute.integer(2) });
    });
    // The height and the width are free, so that the rows' length is known at run time only.
    expect(() => buildGraphModel(writer.definition())).toThrow(/needs an axis of fixed size/);
  });

  test('that no layer can follow are refused', () => {
    const writer = reshaped([0, 1], (w, [batch = '', height = '']) => {
      w.node('Sub', 'difference', [batch, height]);
      return w.node('Pack', 'target', ['difference', w.integers('rest', [-1], [])]);
    });
    expect(() => buildGraphModel(writer.definition())).toThrow(
      /Sub at difference.* needs an axis of fixed size/,
    );
    const filled = new GraphModelWriter();
    writeSizes(filled, []);
    filled.node('Fill', 'zeros', ['shape', filled.floats('zero', [0], [])]);
    filled.node('AddV2', 'y', ['map', 'zeros']);
    expect(() => buildGraphModel(filled.definition())).toThrow(/Fill at zeros computes with sizes/);
  });
});

test('what depends on no input is computed: a batch normalisation before it was frozen', async () => {
  const writer = new GraphModelWriter();
  const x = writer.placeholder('x', [-1, -1, -1, 3]);
  writer.node('Conv2D', 'map', [x, writer.random('kernel', [1, 1, 3, 4])], windowAttributes());
  const variance = writer.floats('variance', [0.1, 1, 2, 4]);
  writer.node('AddV2', 'safe', [variance, writer.floats('epsilon', [1e-3], [])]);
  writer.node('Rsqrt', 'inverse', ['safe']);
  writer.node('Mul', 'scale', ['inverse', writer.random('gamma', [4])]);
  writer.node('Mul', 'mean/scaled', [writer.random('mean', [4]), 'scale']);
  writer.node('Sub', 'shift', [writer.random('beta', [4]), 'mean/scaled']);
  writer.node('Mul', 'scaled', ['map', 'scale']);
  writer.node('AddV2', 'y', ['scaled', 'shift']);
  await expectParity(writer, [2, 4, 6, 4]);
  const { opTypes } = summariseOnnx(buildGraphModel(writer.definition()));
  expect(opTypes).not.toContain('Sub');
  expect(opTypes).not.toContain('Sqrt');
});

test('a size that every input has is a constant', async () => {
  const writer = new GraphModelWriter();
  const x = writer.placeholder('x', [-1, 4, 6, 3]);
  writer.node('Shape', 'shape', [x]);
  const bounds = [1, 3, 1].map((bound, i) => writer.integers(`bound${i}`, [bound]));
  writer.node('StridedSlice', 'size', ['shape', ...bounds]);
  const halved = writer.node('FloorDiv', 'halved', ['size', writer.integers('two', [2], [])]);
  writer.node('ResizeBilinear', 'y', [x, halved]);
  await expectParity(writer, [2, 2, 3, 3]);
});

test('limits and quotients of sizes are followed', async () => {
  const writer = reshaped([0, 3], (w, [batch = '', channels = '']) => {
    w.node('Mul', 'twice', [batch, w.integers('two', [2], [])]);
    w.node('FloorDiv', 'again', ['twice', 'two']);
    w.node('Minimum', 'fewer', [channels, 'two']);
    w.node('Maximum', 'more', ['fewer', w.integers('one', [1], [])]);
    return w.node('Pack', 'target', ['again', w.integers('rest', [-1], []), 'more']);
  });
  await expectParity(writer, [2, 48, 2]);
});

import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildGraphModel, measureGraphModel, randomTensor } from '../../../support/graph-model.ts';
import {
  attribute,
  GraphModelWriter,
  windowAttributes,
} from '../../../support/graph-model-writer.ts';

beforeAll(() => tf.setBackend('cpu'));

const SHAPE = [2, 5, 6, 3] as const;

/** A placeholder, and a convolution of it, which is NCHW in the graph. */
function writeMap(writer: GraphModelWriter, sizes: readonly number[] = [-1, 5, 6, 3]): string {
  const x = writer.placeholder('x', sizes);
  const kernel = writer.random('kernel', [1, 1, 3, 3]);
  return writer.node('Conv2D', 'map', [x, kernel], windowAttributes());
}

async function expectParity(
  writer: GraphModelWriter,
  count: number,
  shape: readonly number[] = SHAPE,
  tolerance = 2e-6,
): Promise<void> {
  const parities = await measureGraphModel(writer.definition(), { x: randomTensor(shape) });
  expect(parities).toHaveLength(count);
  for (const { output, difference } of parities) {
    expect(difference, output).toBeLessThan(tolerance);
  }
}

describe('a reduction', () => {
  const AXES = [[1, 2], [3], [-1], [1], [2], [1, 3], [2, 3], [1, 2, 3], [-2, -3]];

  test.each(['Mean', 'Sum', 'Max', 'Min'])('equals tf.js over all axes: %s', async (op) => {
    const writer = new GraphModelWriter();
    const map = writeMap(writer);
    for (const keepDims of [true, false]) {
      for (const axes of AXES) {
        const name = `${axes.join('and')}/${keepDims}`;
        writer.node(op, name, [map, writer.integers(`${name}/axes`, axes)], {
          keep_dims: attribute.flag(keepDims),
        });
      }
    }
    // Two values that are nearly the same have a small range.
    await expectParity(writer, 2 * AXES.length, SHAPE, 2e-5);
  });

  test('as in the normalisation of an embedding equals tf.js', async () => {
    const writer = new GraphModelWriter();
    const map = writeMap(writer);
    const axes = writer.integers('axes', [1, 2]);
    const mean = writer.node('Mean', 'mean', [map, axes], { keep_dims: attribute.flag(false) });
    const square = writer.node('Square', 'square', [mean]);
    const last = writer.integers('last', [1], []);
    const sum = writer.node('Sum', 'sum', [square, last], { keep_dims: attribute.flag(true) });
    const safe = writer.node('Maximum', 'safe', [sum, writer.floats('epsilon', [1e-12], [])]);
    writer.node('Mul', 'unit', [mean, writer.node('Rsqrt', 'inverse', [safe])]);
    await expectParity(writer, 1);
  });
});

describe('padding', () => {
  const PADS = [0, 0, 1, 2, 0, 3, 0, 1];

  test('with a value equals tf.js, also that of channels', async () => {
    const writer = new GraphModelWriter();
    const map = writeMap(writer);
    writer.node('Pad', 'zeros', [map, writer.integers('pads', PADS, [4, 2])]);
    const value = writer.floats('value', [-1.5], []);
    writer.node('PadV2', 'values', ['x', 'pads', value]);
    await expectParity(writer, 2);
  });

  test('that mirrors equals tf.js', async () => {
    const writer = new GraphModelWriter();
    const map = writeMap(writer);
    const reflected = writer.integers('pads', [0, 0, 2, 1, 3, 0, 0, 0], [4, 2]);
    writer.node('MirrorPad', 'reflected', [map, reflected], { mode: attribute.text('REFLECT') });
    const edge = writer.integers('edge', [0, 0, 1, 0, 1, 1, 0, 0], [4, 2]);
    writer.node('MirrorPad', 'symmetric', [map, edge], { mode: attribute.text('SYMMETRIC') });
    await expectParity(writer, 2);
  });
});

const RESIZES = ['ResizeBilinear', 'ResizeNearestNeighbor'].flatMap((op) =>
  [{}, { align_corners: true }, { half_pixel_centers: true }].map((flags) => [op, flags] as const),
);

describe('resizing', () => {
  test.each(RESIZES)('to a fixed size equals tf.js: %s %o', async (op, flags) => {
    const attr = Object.fromEntries(
      Object.entries(flags).map(([name, value]) => [name, attribute.flag(value)]),
    );
    const writer = new GraphModelWriter();
    const map = writeMap(writer);
    const sizes = [
      [10, 12],
      [7, 9],
      [3, 4],
      [1, 1],
      [5, 6],
      [13, 3],
    ];
    for (const [height = 0, width = 0] of sizes) {
      const name = `${height}x${width}`;
      writer.node(op, name, [map, writer.integers(`${name}/size`, [height, width])], attr);
    }
    await expectParity(writer, sizes.length);
  });

  /** What Keras's UpSampling2D becomes where the size is free. */
  function upsampling(op: string, attr: object, factors: readonly number[]): GraphModelWriter {
    const writer = new GraphModelWriter();
    const map = writeMap(writer, [-1, -1, -1, 3]);
    writer.node('Shape', 'shape', [map]);
    const bounds = [1, 3, 1].map((bound, i) => writer.integers(`bound${i}`, [bound]));
    writer.node('StridedSlice', 'size', ['shape', ...bounds]);
    writer.node('Mul', 'enlarged', ['size', writer.integers('factors', factors)]);
    writer.node(op, 'y', [map, 'enlarged'], attr);
    return writer;
  }

  test.each(RESIZES)('by whole factors equals tf.js at every size: %s %o', async (op, flags) => {
    const attr = Object.fromEntries(
      Object.entries(flags).map(([name, value]) => [name, attribute.flag(value)]),
    );
    await expectParity(upsampling(op, attr, [2, 3]), 1);
    await expectParity(upsampling(op, attr, [2, 3]), 1, [1, 4, 7, 3]);
  });

  test('to the size of another map equals tf.js where sizes are multiples', async () => {
    const writer = new GraphModelWriter();
    const map = writeMap(writer, [-1, -1, -1, 3]);
    const halving = {
      ...windowAttributes({ strides: [2, 2] }),
      ksize: attribute.integers(1, 2, 2, 1),
    };
    writer.node('MaxPool', 'half', [map], halving);
    writer.node('MaxPool', 'quarter', ['half'], halving);
    writer.node('Shape', 'shape', ['half']);
    const bounds = [1, 3, 1].map((bound, i) => writer.integers(`bound${i}`, [bound]));
    writer.node('StridedSlice', 'size', ['shape', ...bounds]);
    writer.node('ResizeBilinear', 'enlarged', ['quarter', 'size'], {
      half_pixel_centers: attribute.flag(true),
    });
    writer.node('AddV2', 'y', ['enlarged', 'half']);
    await expectParity(writer, 1, [1, 8, 12, 3]);
  });

  test('is refused where a free size is no whole multiple', () => {
    const writer = new GraphModelWriter();
    const map = writeMap(writer, [-1, -1, -1, 3]);
    writer.node('Shape', 'shape', [map]);
    const bounds = [1, 3, 1].map((bound, i) => writer.integers(`bound${i}`, [bound]));
    writer.node('StridedSlice', 'size', ['shape', ...bounds]);
    writer.node('AddV2', 'more', ['size', writer.integers('one', [1], [])]);
    writer.node('ResizeBilinear', 'y', [map, 'more']);
    expect(() => buildGraphModel(writer.definition())).toThrow(/resizes h to h\+1/);
  });
});

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

const SHAPE = [2, 4, 6, 3] as const;

/** A placeholder, and a convolution of it, which is NCHW in the graph. */
function writeMap(writer: GraphModelWriter, sizes: readonly number[] = [-1, 4, 6, 3]): string {
  const x = writer.placeholder('x', sizes);
  const kernel = writer.random('kernel', [1, 1, 3, 3]);
  return writer.node('Conv2D', 'map', [x, kernel], windowAttributes());
}

async function expectParity(
  writer: GraphModelWriter,
  count: number,
  shape: readonly number[] = SHAPE,
): Promise<void> {
  const parities = await measureGraphModel(writer.definition(), { x: randomTensor(shape) });
  expect(parities).toHaveLength(count);
  for (const { output, difference } of parities) {
    expect(difference, output).toBeLessThan(1e-6);
  }
}

function countTransposes(writer: GraphModelWriter): number {
  const { opTypes } = summariseOnnx(buildGraphModel(writer.definition()));
  return opTypes.filter((type) => type === 'Transpose').length;
}

test('reshapes equal tf.js, within samples and across them', async () => {
  const writer = new GraphModelWriter();
  const map = writeMap(writer);
  const targets = [
    [-1, 72],
    [-1, 24, 3],
    [-1, 4, 6, 3],
    [-1, 2, 12, 3],
    [-1, 8, 9],
    [-1, 3, 4, 2, 3],
    [2, -1],
    [2, 6, -1, 3],
    [-1, 3],
    [-1, 6],
    [-1],
  ];
  for (const [i, target] of targets.entries()) {
    writer.node('Reshape', `y${i}`, [map, writer.integers(`target${i}`, target)]);
  }
  await expectParity(writer, targets.length);
});

test('a batch of 1 that a model fixes becomes free where each sample goes its own way', async () => {
  const writer = new GraphModelWriter();
  const map = writeMap(writer, [1, 4, 6, 3]);
  const rows = writer.node('Reshape', 'rows', [map, writer.integers('target', [1, 24, 3])]);
  writer.node('Reshape', 'flat', [rows, writer.integers('flat/target', [1, -1])]);
  const [parity] = await measureGraphModel(writer.definition(), { x: randomTensor(SHAPE) }, true);
  expect(parity?.dims).toEqual([2, 72]);
  expect(parity?.difference).toBeLessThan(1e-6);
});

test('a batch of 1 stays where the model takes it away', async () => {
  const writer = new GraphModelWriter();
  const map = writeMap(writer, [1, 4, 6, 3]);
  writer.node('Squeeze', 'y', [map], { squeeze_dims: attribute.integers(0) });
  await expectParity(writer, 1, [1, 4, 6, 3]);
});

test('a reshape to another number of values is refused', () => {
  const writer = new GraphModelWriter();
  const map = writeMap(writer);
  writer.node('Reshape', 'y', [map, writer.integers('target', [-1, 7])]);
  expect(() => buildGraphModel(writer.definition())).toThrow(
    /Reshape at y cannot reshape \[n, 4, 6, 3\] to \[-1, 7\]/,
  );
});

test('axes of size 1 come and go as in tf.js', async () => {
  const writer = new GraphModelWriter();
  const map = writeMap(writer);
  writer.node('Mean', 'pixel', [map, writer.integers('axes', [1, 2])], {
    keep_dims: attribute.flag(true),
  });
  writer.node('Squeeze', 'both', ['pixel'], { squeeze_dims: attribute.integers(1, 2) });
  writer.node('Squeeze', 'one', ['pixel'], { squeeze_dims: attribute.integers(-2) });
  writer.node('Mean', 'row', [map, writer.integers('row/axes', [1])], {
    keep_dims: attribute.flag(true),
  });
  writer.node('Squeeze', 'flat', ['row'], { squeeze_dims: attribute.integers(1) });
  for (const axis of [0, 1, 4, -1, -3]) {
    writer.node('ExpandDims', `more${axis}`, [map, writer.integers(`axis${axis}`, [axis], [])]);
  }
  await expectParity(writer, 3 + 5);
});

describe('a transpose', () => {
  const ORDERS = [0, 1, 2, 3].flatMap((a) =>
    [0, 1, 2, 3]
      .filter((b) => b !== a)
      .flatMap((b) => {
        const rest = [0, 1, 2, 3].filter((axis) => axis !== a && axis !== b);
        return [
          [a, b, ...rest],
          [a, b, ...rest.toReversed()],
        ];
      }),
  );

  test('equals tf.js in every order', async () => {
    expect(new Set(ORDERS.map(String)).size).toBe(24);
    const writer = new GraphModelWriter();
    const map = writeMap(writer);
    for (const order of ORDERS) {
      const name = order.join('');
      writer.node('Transpose', name, [map, writer.integers(`${name}/order`, order)]);
    }
    await expectParity(writer, 24);
  });

  test('that undoes the layout leaves no node', async () => {
    const writer = new GraphModelWriter();
    const x = writer.placeholder('x', [-1, 3, 4, 6]);
    writer.node('Transpose', 'nhwc', [x, writer.integers('there', [0, 2, 3, 1])]);
    const kernel = writer.random('kernel', [3, 3, 3, 2]);
    writer.node('Conv2D', 'map', ['nhwc', kernel], windowAttributes());
    writer.node('Transpose', 'nchw', ['map', writer.integers('back', [0, 3, 1, 2])]);
    await expectParity(writer, 1, [2, 3, 4, 6]);
    expect(countTransposes(writer)).toBe(0);
  });
});

test('tensors are joined and stacked as in tf.js', async () => {
  const writer = new GraphModelWriter();
  const map = writeMap(writer);
  for (const axis of [1, 2, 3, -1, -2]) {
    const position = writer.integers(`axis${axis}`, [axis], []);
    writer.node('ConcatV2', `joined${axis}`, [map, 'x', map, position], {
      N: attribute.integer(3),
    });
  }
  for (const axis of [1, 4, -1]) {
    writer.node('Pack', `stacked${axis}`, [map, 'x'], { axis: attribute.integer(axis) });
  }
  await expectParity(writer, 8);
});

test('tensors are taken apart as in tf.js', async () => {
  const writer = new GraphModelWriter();
  const map = writeMap(writer);
  const axis = writer.integers('axis', [2], []);
  writer.node('Split', 'parts', [axis, map], { num_split: attribute.integer(3) });
  writer.node('Sub', 'halves', ['parts:2', 'parts']);
  writer.node('SplitV', 'uneven', [map, writer.integers('sizes', [1, -1, 2]), axis]);
  writer.node('Neg', 'first', ['uneven']);
  writer.node('Neg', 'middle', ['uneven:1']);
  writer.node('Neg', 'last', ['uneven:2']);
  writer.node('Unpack', 'rows', [map], { axis: attribute.integer(1), num: attribute.integer(4) });
  writer.node('AddV2', 'sum', ['rows:3', 'rows:1']);
  await expectParity(writer, 5);
});

describe('a slice', () => {
  test('by begin and size equals tf.js', async () => {
    const writer = new GraphModelWriter();
    const map = writeMap(writer);
    const begin = writer.integers('begin', [0, 1, 2, 0]);
    writer.node('Slice', 'y', [map, begin, writer.integers('size', [-1, 2, -1, 1])]);
    await expectParity(writer, 1);
  });

  test.each<[string, number[], number[], number[], Record<string, number>]>([
    ['x[:, 1:3]', [0, 1], [0, 3], [1, 1], { begin_mask: 1, end_mask: 1 }],
    ['x[:, 1:-1, -4:-1]', [0, 1, -4], [0, -1, -1], [1, 1, 1], { begin_mask: 1, end_mask: 1 }],
    ['x[:, ::2, 1::3]', [0, 0, 1], [0, 0, 0], [1, 2, 3], { begin_mask: 3, end_mask: 7 }],
    ['x[..., 1]', [0, 1], [0, 2], [1, 1], { ellipsis_mask: 1, shrink_axis_mask: 2 }],
    [
      'x[:, 2, -1]',
      [0, 2, -1],
      [0, 3, 0],
      [1, 1, 1],
      { begin_mask: 1, end_mask: 1, shrink_axis_mask: 6 },
    ],
    ['x[..., 0:2]', [0, 0], [0, 2], [1, 1], { ellipsis_mask: 1 }],
    ['x[:, :99]', [0, 0], [0, 99], [1, 1], { begin_mask: 3, end_mask: 1 }],
  ])('by begin, end and stride equals tf.js: %s', async (_, begin, end, strides, masks) => {
    const writer = new GraphModelWriter();
    const map = writeMap(writer);
    const bounds = Object.entries({ begin, end, strides }).map(([name, values]) => {
      return writer.integers(name, values);
    });
    const attr = Object.fromEntries(
      Object.entries(masks).map(([name, mask]) => [name, attribute.integer(mask)]),
    );
    writer.node('StridedSlice', 'y', [map, ...bounds], attr);
    await expectParity(writer, 1);
  });

  test('with a new axis adds it, and a negative stride is refused', () => {
    const slice = (strides: number[], mask: number): Uint8Array => {
      const writer = new GraphModelWriter();
      const map = writeMap(writer);
      const bounds = [[0, 0], [0, 0], strides].map((values, i) => {
        return writer.integers(`bound${i}`, values);
      });
      writer.node('StridedSlice', 'y', [map, ...bounds], {
        begin_mask: attribute.integer(3),
        end_mask: attribute.integer(3),
        new_axis_mask: attribute.integer(mask),
      });
      return buildGraphModel(writer.definition());
    };
    expect(summariseOnnx(slice([1, 1], 2)).opTypes).toContain('Unsqueeze');
    expect(() => slice([1, -1], 0)).toThrow(/step -1/);
  });
});

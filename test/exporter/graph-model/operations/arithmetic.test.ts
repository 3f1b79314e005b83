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

const BINARY = ['Add', 'AddV2', 'Sub', 'Mul', 'RealDiv', 'Maximum', 'Minimum', 'SquaredDifference'];

/** A placeholder of [n, 3, 4, 5], and a convolution of it, which is NCHW in the graph. */
function writeMap(writer: GraphModelWriter): string {
  const x = writer.placeholder('x', [-1, 3, 4, 5]);
  const kernel = writer.random('kernel', [1, 1, 5, 5]);
  return writer.node('Conv2D', 'map', [x, kernel], windowAttributes());
}

async function expectParity(writer: GraphModelWriter, count: number): Promise<void> {
  const parities = await measureGraphModel(writer.definition(), { x: randomTensor([2, 3, 4, 5]) });
  expect(parities).toHaveLength(count);
  for (const { difference } of parities) expect(difference).toBeLessThan(1e-6);
}

describe('an operation on two tensors', () => {
  test.each(BINARY)('equals tf.js with constants on either side: %s', async (op) => {
    const writer = new GraphModelWriter();
    const map = writeMap(writer);
    const shapes = [[], [1], [5], [1, 1, 5], [1, 3, 4, 5], [4, 1], [1, 1, 3, 4, 5]];
    for (const [i, shape] of shapes.entries()) {
      // Far from zero, since a quotient may stand on the right.
      const constant = writer.random(`constant${i}`, shape, 0.1, 2);
      writer.node(op, `right${i}`, [map, constant]);
      if (op !== 'RealDiv') writer.node(op, `left${i}`, [constant, map]);
    }
    await expectParity(writer, op === 'RealDiv' ? 7 : 14);
  });

  test.each(BINARY.filter((op) => op !== 'RealDiv'))(
    'equals tf.js between maps, also of one pixel: %s',
    async (op) => {
      const writer = new GraphModelWriter();
      const map = writeMap(writer);
      writer.node('Mean', 'pixel', [map, writer.integers('axes', [1, 2])], {
        keep_dims: attribute.flag(true),
      });
      writer.node(op, 'same', [map, 'x']);
      writer.node(op, 'broadcast', [map, 'pixel']);
      writer.node(op, 'swapped', ['pixel', 'x']);
      await expectParity(writer, 3);
    },
  );

  test('equals tf.js as a power and as a sum of many', async () => {
    const writer = new GraphModelWriter();
    const map = writeMap(writer);
    const square = writer.node('Square', 'square', [map]);
    writer.node('Pow', 'power', [square, writer.floats('exponent', [1.5], [])]);
    writer.node('AddN', 'sum', [map, 'x', square]);
    await expectParity(writer, 2);
  });
});

describe('a matrix product', () => {
  /** Flattens the map, as in front of a dense layer. */
  function flattened(writer: GraphModelWriter): string {
    const map = writeMap(writer);
    return writer.node('Reshape', 'rows', [map, writer.integers('shape', [-1, 60])]);
  }

  test('equals tf.js behind a flattened map, and leaves no transpose', async () => {
    const writer = new GraphModelWriter();
    const rows = flattened(writer);
    writer.node('MatMul', 'product', [rows, writer.random('weights', [60, 7])], {
      transpose_a: attribute.flag(false),
      transpose_b: attribute.flag(false),
    });
    writer.node('MatMul', 'turned', [rows, writer.random('turned/weights', [7, 60])], {
      transpose_b: attribute.flag(true),
    });
    await expectParity(writer, 2);
    const { opTypes } = summariseOnnx(buildGraphModel(writer.definition()));
    // The one at the border: the placeholder is NHWC.
    expect(opTypes.filter((type) => type === 'Transpose')).toHaveLength(1);
  });

  test.each(['Relu', 'Relu6', 'Elu', 'Sigmoid', 'Prelu', undefined])(
    'fused with BiasAdd and %s equals tf.js',
    async (activation) => {
      const writer = new GraphModelWriter();
      const rows = flattened(writer);
      const inputs = [writer.random('weights', [60, 7]), writer.random('bias', [7])];
      if (activation === 'Prelu') inputs.push(writer.random('slope', [7]));
      writer.node('_FusedMatMul', 'y', [rows, ...inputs], {
        fused_ops: attribute.texts('BiasAdd', ...(activation ? [activation] : [])),
        num_args: attribute.integer(inputs.length - 1),
      });
      await expectParity(writer, 1);
    },
  );

  test('equals tf.js behind arithmetic on flattened maps that are joined', async () => {
    const writer = new GraphModelWriter();
    const rows = flattened(writer);
    writer.node('Mul', 'scaled', [rows, writer.random('scale', [60])]);
    writer.node('Sub', 'shifted', ['scaled', writer.random('shift', [1, 60])]);
    writer.node('ConcatV2', 'joined', [rows, 'shifted', writer.integers('axis', [-1], [])], {
      N: attribute.integer(2),
    });
    writer.node('MatMul', 'y', ['joined', writer.random('weights', [120, 3])]);
    await expectParity(writer, 1);
  });

  test('is refused with its first factor transposed', () => {
    const writer = new GraphModelWriter();
    writer.node('MatMul', 'y', [flattened(writer), writer.random('weights', [60, 7])], {
      transpose_a: attribute.flag(true),
    });
    expect(() => buildGraphModel(writer.definition())).toThrow(/transposes its first factor/);
  });
});

import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildDetector } from '../../exporter/detector/network.ts';
import { readBlazeface, runBlazeface } from '../../exporter/detector/reference.ts';
import { compareValues } from '../../exporter/golden.ts';
import { convertGraphModel } from '../../exporter/graph-model/convert.ts';
import {
  type GraphDefinition,
  readGraphDefinition,
} from '../../exporter/graph-model/graph-definition.ts';
import { freeDim } from '../../exporter/onnx/dims.ts';
import { GraphBuilder } from '../../exporter/onnx/graph-builder.ts';
import type { TensorValue } from '../../exporter/onnx/tensor-value.ts';
import { summariseOnnx } from '../../models/contract/onnx-file.ts';
import type { Tensor } from '../../models/contract/tensor.ts';
import { createRunner } from '../../trainer/evaluation/runner.ts';
import { Random } from '../../trainer/random.ts';

let blazeface: GraphDefinition;

beforeAll(async () => {
  await tf.setBackend('cpu');
  blazeface = await readBlazeface();
});

describe('BlazeFace as ONNX', () => {
  test('equals tf.js on a batch of two, whatever the pictures', async () => {
    const random = new Random(3);
    const side = 256;
    const levels = new Uint8Array(2 * side * side * 3);
    // A smooth gradient and a noise picture: values of every size at every place.
    levels.forEach((_, i) => {
      levels[i] =
        i < levels.length / 2 ? (i / 600) % 256 : Math.abs(127 + 60 * random.normal()) % 256;
    });
    const runner = await createRunner(buildDetector(blazeface).build('face-detector', {}));
    const image: Tensor = { type: 'uint8', dims: [2, side, side, 3], data: levels };
    const actual = await runner.run({ image });
    const expected = await runBlazeface(blazeface, levels);
    const boxes = (actual['boxes'] as Tensor).data;
    const scores = (actual['scores'] as Tensor).data;
    expect(actual['boxes']?.dims).toEqual([2, 896, 16]);
    expect(actual['scores']?.dims).toEqual([2, 896, 1]);
    // Box values are px of a side of 256, scores logits whose sigmoid is what counts.
    expect(compareValues(boxes, expected.boxes).maxAbs / side).toBeLessThan(1e-4);
    const probability = (logits: Tensor['data']): Float32Array =>
      Float32Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
    expect(compareValues(probability(scores), probability(expected.scores)).maxAbs).toBeLessThan(
      1e-4,
    );
    expect(compareValues(boxes, new Float32Array(boxes.length)).maxAbs).toBeGreaterThan(10);
  });

  test('transposes at its borders only and keeps the names of tf.js', () => {
    const { opTypes, opsets } = summariseOnnx(buildDetector(blazeface).build('face-detector', {}));
    expect(opsets).toEqual({ '': 17 });
    const count = (type: string): number => opTypes.filter((found) => found === type).length;
    expect(count('Transpose')).toBe(1 + 4);
    expect(count('Reshape')).toBe(4);
    expect(count('Conv')).toBe(37 + 32);
    expect(count('Pad')).toBe(2);
    expect(opTypes.lastIndexOf('Conv')).toBeLessThan(opTypes.length - 2);
    expect(new Set(opTypes)).toEqual(
      new Set('Cast Transpose Div Sub Conv Relu Add MaxPool Pad Reshape Concat'.split(' ')),
    );
  });
});

/** A graph model of one operation on a 1x2x2x1 input. */
function oneOperation(op: string, attr: object, inputs = ['input']): GraphDefinition {
  return readGraphDefinition(
    {
      format: 'graph-model',
      modelTopology: {
        node: [
          { name: 'input', op: 'Placeholder' },
          { name: 'deep/inside', op, input: inputs, attr },
        ],
      },
      weightsManifest: [],
    },
    new Uint8Array(0),
  );
}

describe('what cannot be converted', () => {
  const convert = (definition: GraphDefinition): unknown => {
    const graph = new GraphBuilder();
    const value = graph.input('input', 'float32', ['n', 1, 2, 2]);
    const placeholder: TensorValue = {
      value,
      dims: [freeDim('n'), 2, 2, 1],
      layout: 'channels-first',
    };
    return convertGraphModel(graph, definition, placeholder, ['deep/inside']);
  };

  test('is refused by name and place, with the list of what is supported', () => {
    expect(() => convert(oneOperation('ResizeBilinear', {}))).toThrow(
      /ResizeBilinear at deep\/inside.*_FusedConv2D.*DepthwiseConv2dNative.*Reshape.*Const/,
    );
  });

  test('is refused where an attribute has another value', () => {
    const base64 = (text: string): { s: string } => ({ s: btoa(text) });
    const strides = { list: { i: ['1', '2', '2', '1'] } };
    const attr = { strides, ksize: strides, data_format: base64('NHWC'), padding: base64('SAME') };
    expect(() => convert(oneOperation('MaxPool', attr))).not.toThrow();
    const cases: [object, RegExp][] = [
      [{ ...attr, data_format: base64('NCHW') }, /MaxPool at deep\/inside is NCHW/],
      [{ ...attr, padding: base64('EXPLICIT') }, /padding EXPLICIT/],
      [{ ...attr, padding: {} }, /no attribute padding/],
    ];
    for (const [changed, message] of cases) {
      expect(() => convert(oneOperation('MaxPool', changed))).toThrow(message);
    }
  });

  test('is refused where a constant is missing or the model is of another format', () => {
    expect(() => convert(oneOperation('Pad', {}, ['input', 'input']))).toThrow(
      /expected a constant/,
    );
    expect(() => readGraphDefinition({ format: 'layers-model' }, new Uint8Array(0))).toThrow(
      /layers-model/,
    );
  });
});

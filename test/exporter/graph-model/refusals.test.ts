import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { convertGraphModel } from '../../../exporter/graph-model/convert.ts';
import {
  type GraphDefinition,
  readGraphDefinition,
} from '../../../exporter/graph-model/graph-definition.ts';
import { GraphBuilder } from '../../../exporter/onnx/graph-builder.ts';
import { InvalidModelError } from '../../../exporter/tfjs-model/invalid-model-error.ts';
import { buildGraphModel } from '../../support/graph-model.ts';
import { attribute, GraphModelWriter } from '../../support/graph-model-writer.ts';

beforeAll(() => tf.setBackend('cpu'));

/** A graph model of one operation on an input of 4x4 px and two channels. */
function oneOperation(
  op: string,
  attr: object = {},
  constants: readonly string[] = [],
): GraphDefinition {
  const writer = new GraphModelWriter();
  const x = writer.placeholder('input', [-1, 4, 4, 2]);
  writer.random('kernel', [3, 3, 2, 2]);
  writer.random('bias', [2]);
  writer.integers('pads', [0, 0, 2, 2, 1, 1, 0, 0], [4, 2]);
  writer.integers('behind', [0, 4, 0, 0]);
  writer.integers('ones', [1, 1, 1, 1]);
  writer.node(op, 'deep/inside', [x, ...constants], attr);
  return writer.definition();
}

function expectRefusal(convert: () => unknown, message: RegExp): void {
  expect(convert).toThrow(message);
  expect(convert).toThrow(InvalidModelError);
}

const window = {
  strides: attribute.integers(1, 2, 2, 1),
  padding: attribute.text('SAME'),
  data_format: attribute.text('NHWC'),
};
const fused = { ...window, fused_ops: attribute.texts('BiasAdd', 'Relu') };

describe('an operation', () => {
  test('that is not supported is named with its place and what is supported', () => {
    expectRefusal(
      () => buildGraphModel(oneOperation('TopKV2')),
      /cannot convert TopKV2 at deep\/inside; supported.*Conv2D.*Reshape.*_FusedConv2D/,
    );
  });

  test.each<[string, object, string[], RegExp]>([
    ['Conv2D', { ...window, data_format: attribute.text('NCHW') }, ['kernel'], /NCHW/],
    ['Conv2D', { ...window, padding: attribute.text('FULL') }, ['kernel'], /padding FULL/],
    ['Conv2D', { ...window, padding: {} }, ['kernel'], /has no attribute padding/],
    ['Conv2D', { ...window, strides: attribute.integers(2, 1, 1, 1) }, ['kernel'], /strides \[2,/],
    ['Conv2D', window, ['input'], /computes its input 1, expected constant/],
    ['Conv2D', window, [], /has no input 1/],
    ['Conv2D', window, ['bias'], /a kernel has four dims/],
    ['Conv2D', window, ['pads'], /reads int32 at input 1, expected float32/],
    [
      '_FusedConv2D',
      { ...fused, fused_ops: attribute.texts('FusedBatchNorm') },
      ['kernel', 'bias'],
      /fuses FusedBatchNorm; supported are BiasAdd and one of Relu/,
    ],
    [
      '_FusedConv2D',
      { ...fused, fused_ops: attribute.texts('BiasAdd', 'Gelu') },
      ['kernel', 'bias'],
      /fuses BiasAdd, Gelu/,
    ],
    ['MirrorPad', { mode: attribute.text('SYMMETRIC') }, ['pads'], /SYMMETRIC/],
    ['Cast', { DstT: attribute.type('DT_INT32') }, [], /into DT_INT32/],
    ['Fill', {}, ['bias'], /computes with values of the input/],
    ['Slice', {}, ['behind', 'ones'], /keeps nothing of axis 1/],
    ['Squeeze', { squeeze_dims: attribute.integers(1) }, [], /axis 1 .* is not of size 1/],
    [
      'FusedBatchNormV3',
      { is_training: attribute.flag(true) },
      ['bias', 'bias', 'bias', 'bias'],
      /training mode/,
    ],
  ])('%s is refused where it cannot be kept exact: %#', (op, attr, inputs, message) => {
    expectRefusal(() => buildGraphModel(oneOperation(op, attr, inputs)), message);
    expect(() => buildGraphModel(oneOperation(op, attr, inputs))).toThrow(`${op} at deep/inside`);
  });
});

describe('a graph', () => {
  test('that is cyclic is named with the nodes on the way around', () => {
    const writer = new GraphModelWriter();
    writer.placeholder('input', [-1, 4]);
    writer.node('Add', 'first', ['input', 'third']);
    writer.node('Relu', 'second', ['first']);
    writer.node('Relu', 'third', ['second']);
    writer.node('Tanh', 'output', ['third']);
    expectRefusal(
      () => buildGraphModel(writer.definition()),
      /cyclic.*third, second, first, third/,
    );
  });

  test('whose every node is read by another has no output', () => {
    const writer = new GraphModelWriter();
    writer.placeholder('input', [-1, 4]);
    writer.node('Add', 'first', ['input', 'second']);
    writer.node('Relu', 'second', ['first']);
    expectRefusal(() => writer.definition(), /no output/);
  });

  test('that is cut off is named with the missing node and its reader', () => {
    const writer = new GraphModelWriter();
    writer.placeholder('input', [-1, 4]);
    writer.node('Relu', 'output', ['absent']);
    expectRefusal(() => buildGraphModel(writer.definition()), /Relu at output reads absent/);
    const parts = new GraphModelWriter();
    parts.placeholder('input', [-1, 4]);
    parts.node('Split', 'parts', [parts.integers('axis', [1], []), 'input'], {
      num_split: attribute.integer(2),
    });
    parts.node('Relu', 'output', ['parts:2']);
    expectRefusal(() => buildGraphModel(parts.definition()), /reads result 2 of parts/);
  });

  test('is refused without inputs, with a constant as output, and with twin nodes', () => {
    const constant = new GraphModelWriter();
    constant.node('Relu', 'output', [constant.floats('value', [1, -1])]);
    expectRefusal(() => constant.definition(), /no Placeholder/);
    constant.placeholder('input', [-1, 4]);
    expectRefusal(
      () => buildGraphModel(constant.definition()),
      /output output depends on no input/,
    );
    const twins = new GraphModelWriter();
    twins.placeholder('input', [-1, 4]);
    twins.node('Relu', 'input', ['input']);
    expectRefusal(() => twins.definition(), /two nodes named input/);
  });

  test('is refused with a Const without a weight and with values that are not finite', () => {
    const missing = new GraphModelWriter();
    missing.placeholder('input', [-1, 4]);
    missing.node('Const', 'value', []);
    missing.node('Add', 'output', ['input', 'value']);
    expectRefusal(() => buildGraphModel(missing.definition()), /Const at value has no weight/);
    const infinite = new GraphModelWriter();
    infinite.placeholder('input', [-1, 4]);
    infinite.node('Reciprocal', 'inverse', [infinite.floats('zero', [0])]);
    infinite.node('Add', 'output', ['input', 'inverse']);
    expectRefusal(() => buildGraphModel(infinite.definition()), /inverse.*Infinity/);
  });

  test('is refused with a size of 0 and with inputs of unknown rank or of text', () => {
    const empty = new GraphModelWriter();
    empty.node('Relu', 'output', [empty.placeholder('input', [-1, 0, 4, 3])]);
    expectRefusal(() => empty.definition(), /Placeholder input has a size of 0/);
    const unknown = new GraphModelWriter();
    unknown.node('Placeholder', 'input', [], { shape: { shape: { unknownRank: true } } });
    unknown.node('Relu', 'output', ['input']);
    expectRefusal(() => unknown.definition(), /input has a shape of unknown rank/);
    const text = new GraphModelWriter();
    text.node('Placeholder', 'input', [], {
      dtype: attribute.type('DT_STRING'),
      shape: { shape: {} },
    });
    text.node('Relu', 'output', ['input']);
    expectRefusal(() => text.definition(), /input is DT_STRING, expected numbers/);
  });

  test('is refused when it is of another format, or its JSON is of another kind', () => {
    const { artifacts, weights } = oneOperation('Relu');
    expectRefusal(
      () => readGraphDefinition({ format: 'layers-model', artifacts, weights }),
      /layers-model, expected a tf\.js graph-model/,
    );
    const damaged = { ...artifacts, modelTopology: { node: [{ name: 'x' }] } };
    expectRefusal(
      () => readGraphDefinition({ format: 'graph-model', artifacts: damaged, weights }),
      /modelTopology\.node\[0\]\.op is missing/,
    );
  });

  test('asks for a value in every input', () => {
    const definition = oneOperation('Relu');
    expect(() => convertGraphModel(new GraphBuilder(), definition, new Map())).toThrow(
      /nothing takes the place of Placeholder at input/,
    );
  });
});

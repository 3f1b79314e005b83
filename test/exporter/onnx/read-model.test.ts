import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeModel, type ModelProto, type TensorProto } from '../../../exporter/onnx/messages.ts';
import { decodeModel } from '../../../exporter/onnx/read-model.ts';
import { readFields } from '../../../models/contract/onnx-file.ts';
import { MessageWriter } from '../../../trainer/wire.ts';

const EMPTY: ModelProto = {
  irVersion: 8,
  opset: 17,
  producerName: 'test',
  producerVersion: '1',
  graphName: 'empty',
  inputs: [],
  outputs: [],
  initializers: [],
  nodes: [],
  metadata: {},
};

test('every type of constant and attribute comes back', () => {
  const initializers: TensorProto[] = [
    { name: 'float', dims: [2], type: 'float32', data: Float32Array.of(0.1, -2) },
    { name: 'half', dims: [1], type: 'float16', data: Uint16Array.of(0x3c01) },
    { name: 'byte', dims: [2], type: 'uint8', data: Uint8Array.of(0, 255) },
    { name: 'signed', dims: [2], type: 'int8', data: Int8Array.of(-128, 127) },
    { name: 'word', dims: [], type: 'int32', data: Int32Array.of(-70_000) },
    { name: 'long', dims: [1], type: 'int64', data: BigInt64Array.of(-(2n ** 40n)) },
    { name: 'none', dims: [0], type: 'float32', data: new Float32Array(0) },
  ];
  const model: ModelProto = {
    ...EMPTY,
    initializers,
    inputs: [{ name: 'x', type: 'uint8', dims: ['n', 3] }],
    outputs: [{ name: 'y', type: 'float16', dims: [] }],
    nodes: [
      {
        name: 'node',
        opType: 'Resize',
        inputs: ['x', '', 'float'],
        outputs: ['y'],
        attributes: { axis: -1, pads: [0, -2, 1], alpha: { float: 0.25 }, mode: 'nearest' },
      },
    ],
    metadata: { titel: 'grüße' },
  };
  expect(decodeModel(encodeModel(model))).toEqual(model);
});

test('a shipped model comes back byte by byte', async () => {
  const path = new URL('../../../models/face-detector/1/model.onnx', import.meta.url);
  const file = await readFile(path);
  expect(Buffer.compare(encodeModel(decodeModel(file)), file)).toBe(0);
});

test('every safe integer is read as it was written', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(readFields(new MessageWriter().integer(1, value).finish())[0]?.integer).toBe(value);
    }),
  );
});

test('a length beyond the end, or below zero, is damage', () => {
  expect(() => readFields(Uint8Array.of(0x0a, 5, 1))).toThrow(/damaged/);
  const negative = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
  expect(() => readFields(Uint8Array.of(0x0a, ...negative))).toThrow(/damaged/);
});

test('what the exporter never writes is refused by name', () => {
  const attribute = new MessageWriter().string(1, 'body').integer(20, 5);
  const node = new MessageWriter().string(3, 'loop').string(4, 'Loop').message(5, attribute);
  const file = new MessageWriter().message(7, new MessageWriter().message(1, node)).finish();
  expect(() => decodeModel(file)).toThrow(/node loop has an attribute body of type 5/);
  const tensor = new MessageWriter().integer(2, 11).string(8, 'double').bytes(9, new Uint8Array(0));
  const doubles = new MessageWriter().message(7, new MessageWriter().message(5, tensor)).finish();
  expect(() => decodeModel(doubles)).toThrow(/double has ONNX's element type 11/);
});

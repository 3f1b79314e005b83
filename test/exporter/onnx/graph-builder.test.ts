import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../exporter/onnx/graph-builder.ts';
import { summariseOnnx } from '../../../models/contract/onnx-file.ts';
import { createRunner } from '../../../trainer/evaluation/runner.ts';
import { MessageWriter } from '../../../trainer/wire.ts';

describe('the graph builder', () => {
  test('writes a file that onnxruntime runs, with every kind of constant and attribute', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', ['n', 4]);
    const weights = graph.initializer('weights', [4, 2], Float32Array.of(1, 0, 0, 1, 2, 0, 0, -2));
    const product = graph.op('Gemm', 'product', [x, weights], { alpha: { float: 0.5 }, transA: 0 });
    const shape = graph.integers('shape', [-1, 1, 2]);
    const rows = graph.op('Reshape', 'rows', [product, shape]);
    const reduced = graph.op('ReduceMax', 'reduced', [rows], { axes: [1], keepdims: 0 });
    graph.output(reduced, 'float32', ['n', 2]);
    const file = graph.build('sums', { purpose: 'test' });

    const runner = await createRunner(file);
    const feed = { type: 'float32', dims: [2, 4], data: Float32Array.of(1, 2, 3, 4, 0, 0, 1, 0) };
    const { reduced: actual } = await runner.run({ x: feed as never });
    expect([...(actual?.data ?? [])]).toEqual([3.5, -3, 1, 0]);
    const { opTypes, metadata, domains } = summariseOnnx(file);
    expect(opTypes).toEqual(['Gemm', 'Reshape', 'ReduceMax']);
    expect(metadata).toEqual({ purpose: 'test' });
    expect(domains).toEqual(['']);
  });

  test('refuses taken names, unknown inputs and constants of the wrong size', () => {
    const graph = new GraphBuilder();
    graph.input('x', 'float32', [1]);
    expect(() => graph.scalar('x', 1)).toThrow(/"x" already/);
    expect(() => graph.op('Relu', 'y', ['z'])).toThrow(/reads z/);
    expect(() => graph.initializer('w', [2, 2], new Float32Array(3))).toThrow(/needs 4/);
  });
});

test('a damaged file is named as such', () => {
  const graph = new GraphBuilder();
  graph.output(graph.op('Relu', 'y', [graph.input('x', 'float32', [1])]), 'float32', [1]);
  const file = graph.build('damaged', {});
  expect(() => summariseOnnx(file.subarray(0, file.length - 3))).toThrow(/damaged/);
});

test('external data is found wherever a model can hold a tensor', () => {
  const message = () => new MessageWriter();
  const tensor = (name: string) => message().string(8, name).integer(14, 1);
  const node = (attribute: number, value: MessageWriter) =>
    message().string(4, 'Constant').message(5, message().message(attribute, value));
  const sparse = (name: string) => message().message(1, tensor(name));
  const graph = message()
    .message(5, tensor('initializer'))
    .message(15, sparse('sparse initializer'))
    .message(1, node(5, tensor('attribute')))
    .message(1, node(22, sparse('sparse attribute')))
    .message(1, node(6, message().message(5, tensor('subgraph'))));
  const definition = message()
    .string(10, 'own')
    .message(7, node(5, tensor('function')));
  const { externalTensors, domains } = summariseOnnx(
    message().message(7, graph).message(25, definition).finish(),
  );
  expect([...externalTensors].sort()).toEqual([
    'attribute',
    'function',
    'initializer',
    'sparse attribute',
    'sparse initializer',
    'subgraph',
  ]);
  expect(domains).toContain('own');
});

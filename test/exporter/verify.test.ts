import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../exporter/onnx/graph-builder.ts';
import { findRuntimes, type Runtime } from '../../exporter/verify/runtimes.ts';
import { verifyModel } from '../../exporter/verify.ts';
import { createRunner } from '../../trainer/evaluation/runner.ts';
import { MessageWriter } from '../../trainer/wire.ts';
import {
  buildSmallGenerator,
  type GeneratorFault,
  greyImages,
  publishSmallGenerator,
} from '../support/small-generator.ts';

let models: string;
let cpu: readonly Runtime[];
let published = 0;

beforeAll(async () => {
  models = await mkdtemp(join(tmpdir(), 'dm-verify-'));
  const { present } = await findRuntimes();
  cpu = present.filter(({ provider }) => provider === 'cpu');
});

afterAll(() => rm(models, { recursive: true }));

/** A folder with whole files whose golden pairs are those of the sound model. */
const publish = (
  model: Uint8Array,
  images = undefined as Parameters<typeof publishSmallGenerator>[3],
) => publishSmallGenerator(models, `model-${published++}`, model, images);

const verify = async (model: Uint8Array) => verifyModel(await publish(model), cpu);

/** A model file with more fields at its end, which protobuf merges with those before. */
const withFields = (fields: MessageWriter): Uint8Array =>
  Buffer.concat([buildSmallGenerator(), fields.finish()]);

test('a sound model passes in every runtime of this machine', async () => {
  const { present } = await findRuntimes();
  expect(present.map(({ provider }) => provider)).toEqual(
    expect.arrayContaining(['cpu', 'cpu', 'wasm']),
  );
  const { manifest, parity } = await verifyModel(await publish(buildSmallGenerator()), present);
  expect(manifest.kind).toBe('generator');
  expect(parity).toHaveLength(2 * present.length);
  for (const { maxAbs, allowed } of parity) expect(maxAbs).toBeLessThanOrEqual(allowed.maxAbs);
  const residual = parity.find(({ output }) => output === 'residual');
  expect(residual).toMatchObject({ file: 'model.onnx', allowed: { maxAbs: 0.01 } });
});

describe('a model is refused for', () => {
  const faults: readonly [string, GeneratorFault, RegExp][] = [
    ['an NCHW layout', { layout: 'nchw' }, /wrong layout.*\[n,3,h,w\], expected \[n,h,w,3\]/],
    [
      'an NCHW layout that it does not declare',
      { layout: 'nchw', dims: ['n', 'a', 'b', 'c'] },
      /wrong layout: the model takes NCHW/,
    ],
    ['fixed dims', { dims: ['n', 20, 16, 3] }, /\[n,20,16,3\].*h, w must be free/],
    ['a float input', { inputType: 'float32' }, /wrong range.*float32, expected uint8/],
    ['a residual in [-1, 1]', { residualUnit: 127.5 }, /wrong range.*residual is in \[-1, 1\]/],
    ['a residual in [0, 1]', { residualUnit: 255 }, /wrong range.*residual is in \[0, 1\]/],
    ['a result in [0, 1]', { isResultScaled: true }, /wrong range: result is [01] where/],
    ['a residual beyond any level', { residualUnit: 0.1 }, /wrong range.*reaches \d+/],
    ['swapped channels', { channels: 'bgr' }, /swapped channels.*takes and gives BGR/],
    ['an output that is missing', { withoutResidual: true }, /no output residual, only result/],
    ['an input more', { extraInput: true }, /asks for strength beside image/],
    ['NaN weights', { weight: Number.NaN }, /residual has values that are not finite/],
    ['other weights', { weight: 0.3 }, /does not reproduce its golden result on cpu/],
    ['mixing the images of a batch', { isAveraging: true }, /images of a batch must not mix/],
  ];
  test.each(faults)('%s', async (_, fault, reason) => {
    await expect(verify(buildSmallGenerator(fault))).rejects.toThrow(reason);
  });

  test('a file that is no ONNX', async () => {
    await expect(verify(new TextEncoder().encode('<!doctype html>'))).rejects.toThrow(/no ONNX/);
    await expect(verify(new Uint8Array(0))).rejects.toThrow(/no ONNX/);
    const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13);
    await expect(verify(png)).rejects.toThrow(/no ONNX/);
  });

  test('a graph that ONNX Runtime cannot load', async () => {
    const graph = new GraphBuilder();
    graph.output(graph.op('Frobnicate', 'y', [graph.input('x', 'float32', [1])]), 'float32', [1]);
    await expect(verify(graph.build('odd', {}))).rejects.toThrow(/cannot load.*Frobnicate/s);
  });

  test('a file cut short before it was published', async () => {
    const model = buildSmallGenerator();
    await expect(verify(model.subarray(0, model.length - 40))).rejects.toThrow(/damaged/);
  });

  test('a file cut short or changed afterwards', async () => {
    const folder = await publish(buildSmallGenerator());
    const path = join(folder, 'model.onnx');
    const content = await readFile(path);
    content[content.length - 1] = (content.at(-1) ?? 0) ^ 1;
    await writeFile(path, content);
    await expect(verifyModel(folder, cpu)).rejects.toThrow(/not what was published: its SHA-256/);
    await truncate(path, 100);
    await expect(verifyModel(folder, cpu)).rejects.toThrow(
      new RegExp(`model\\.onnx is truncated: it has 100 of ${content.length} bytes`),
    );
  });

  test('external data', async () => {
    const tensor = new MessageWriter().string(8, 'elsewhere').integer(14, 1);
    const graph = new MessageWriter().message(5, tensor);
    await expect(verify(withFields(new MessageWriter().message(7, graph)))).rejects.toThrow(
      /tensors in other files \(elsewhere\)/,
    );
  });

  test('an operator of an unknown domain', async () => {
    const node = new MessageWriter().string(4, 'Gelu').string(7, 'com.microsoft');
    const graph = new MessageWriter().message(1, node);
    await expect(verify(withFields(new MessageWriter().message(7, graph)))).rejects.toThrow(
      /operators of com\.microsoft/,
    );
  });

  test('another opset', async () => {
    const opset = new MessageWriter().string(1, '').integer(2, 19);
    await expect(verify(withFields(new MessageWriter().message(8, opset)))).rejects.toThrow(
      /opset 19, its manifest says 17/,
    );
    const folder = await publish(buildSmallGenerator());
    const path = join(folder, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...manifest, opset: 19 }));
    await expect(verifyModel(folder, cpu)).rejects.toThrow(/opset 19, expected 17/);
  });

  test('a manifest that is none', async () => {
    const folder = await publish(buildSmallGenerator());
    await writeFile(join(folder, 'manifest.json'), '{');
    await expect(verifyModel(folder, cpu)).rejects.toThrow(/manifest\.json is no JSON/);
  });
});

test('golden pairs without colours prove nothing about channels and are refused', async () => {
  // One kernel for all channels: grey stays grey, whatever their order.
  const model = buildGreyGenerator();
  const images = greyImages();
  const outputs = await (await createRunner(model)).run({ image: images });
  const folder = await publishSmallGenerator(models, 'grey', model, images, outputs);
  await expect(verifyModel(folder, cpu)).rejects.toThrow(
    /would pass if the model takes and gives BGR/,
  );
});

/** Adds a tenth of each level to it. */
function buildGreyGenerator(): Uint8Array {
  const graph = new GraphBuilder();
  const dims = ['n', 'h', 'w', 3];
  const levels = graph.op('Cast', 'levels', [graph.input('image', 'uint8', dims)], { to: 1 });
  const residual = graph.op('Mul', 'residual', [levels, graph.scalar('tenth', 0.1)]);
  const sum = graph.op('Round', 'sum', [graph.op('Add', 'added', [levels, residual])]);
  const bounds = [graph.scalar('black', 0), graph.scalar('white', 255)];
  const clipped = graph.op('Clip', 'clipped', [sum, ...bounds]);
  graph.output(graph.op('Cast', 'result', [clipped], { to: 2 }), 'uint8', dims);
  graph.output(residual, 'float32', dims);
  return graph.build('grey', {});
}

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { tritonConfig } from '../../exporter/triton/config.ts';
import { main } from '../../exporter/triton-main.ts';
import { buildSmallGenerator, publishSmallGenerator } from '../support/small-generator.ts';
import { STUB_DETECTOR_MANIFEST, STUB_GENERATOR_MANIFEST } from '../support/stub-models.ts';

const DATA_TYPES: Readonly<Record<string, string>> = {
  TYPE_UINT8: 'uint8',
  TYPE_FP32: 'float32',
};

/** The tensors of a config.pbtxt's `input` or `output` list. */
function tensorsOf(config: string, field: 'input' | 'output') {
  const list = new RegExp(`^${field} \\[\\n(.*?)^\\]`, 'ms').exec(config)?.[1] ?? '';
  return [...list.matchAll(/\{ name: "(\w+)" data_type: (\w+) dims: \[ ([-\d, ]+) \] \}/g)].map(
    ([, name, type = '', dims = '']) => ({
      name,
      type: DATA_TYPES[type],
      dims: dims.split(', ').map(Number),
    }),
  );
}

describe('a Triton model repository', () => {
  let folder: string;
  let repository: string;
  let model: string;
  const errors: string[] = [];

  beforeAll(async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    vi.spyOn(console, 'error').mockImplementation((line: string) => errors.push(line));
    folder = await mkdtemp(join(tmpdir(), 'dm-triton-'));
    repository = join(folder, 'triton');
    model = await publishSmallGenerator(folder, 'soft', buildSmallGenerator());
    expect([await main([model, '--out', repository]), ...errors]).toEqual([0]);
  });

  afterAll(async () => {
    vi.restoreAllMocks();
    await rm(folder, { recursive: true });
  });

  test('holds the model and a configuration, and nothing else', async () => {
    expect((await readdir(repository, { recursive: true })).sort()).toEqual([
      'soft',
      'soft/1',
      'soft/1/model.onnx',
      'soft/config.pbtxt',
    ]);
    const copy = await readFile(join(repository, 'soft', '1', 'model.onnx'));
    expect(copy.equals(await readFile(join(model, 'model.onnx')))).toBe(true);
  });

  test('declares the tensors of the file without their batch', async () => {
    const config = await readFile(join(repository, 'soft', 'config.pbtxt'), 'utf8');
    const session = await InferenceSession.create(join(repository, 'soft', '1', 'model.onnx'));
    const declared = (metadata: readonly InferenceSession.ValueMetadata[]) =>
      metadata.map((tensor) => {
        if (!tensor.isTensor) throw new Error(`${tensor.name} is no tensor`);
        const { name, type, shape } = tensor;
        return { name, type, dims: shape.slice(1).map((dim) => (dim === 3 ? 3 : -1)) };
      });
    expect(tensorsOf(config, 'input')).toEqual(declared(session.inputMetadata));
    expect(tensorsOf(config, 'output')).toEqual(declared(session.outputMetadata));
    expect(config).toMatch(/^name: "soft"$/m);
    expect(config).toMatch(/^platform: "onnxruntime_onnx"$/m);
    expect(config).toMatch(/^max_batch_size: 32$/m);
  });

  test('keeps versions side by side and replaces one only by force', async () => {
    const second = join(folder, 'second');
    const path = await publishSmallGenerator(second, 'soft', buildSmallGenerator());
    const manifest = await readFile(join(path, 'manifest.json'), 'utf8');
    await writeFile(join(path, 'manifest.json'), manifest.replace('"version": 1', '"version": 2'));
    expect(await main([path, '--out', repository])).toBe(0);
    expect((await readdir(join(repository, 'soft'))).sort()).toEqual(['1', '2', 'config.pbtxt']);
    // Adding the same bytes again changes nothing.
    expect(await main([path, '--out', repository])).toBe(0);

    const file = join(repository, 'soft', '2', 'model.onnx');
    await writeFile(file, 'another model');
    expect(await main([path, '--out', repository])).toBe(2);
    expect(errors.at(-1)).toMatch(/soft\/2 holds another model already.*--force/);
    expect(await main([path, '--out', repository, '--force'])).toBe(0);
    expect((await readFile(file)).equals(await readFile(join(path, 'model.onnx')))).toBe(true);
  });

  test('holds the file that suits the provider', async () => {
    const shipped = fileURLToPath(new URL('../../models/feminine/3', import.meta.url));
    const out = join(folder, 'for-cpu');
    expect(await main([shipped, '--out', out, '--provider', 'cpu'])).toBe(0);
    const copy = await readFile(join(out, 'feminine', '3', 'model.onnx'));
    expect(copy.equals(await readFile(join(shipped, 'model.int8.onnx')))).toBe(true);
  });

  test('takes no model that is not sound', async () => {
    const swapped = buildSmallGenerator({ channels: 'bgr' });
    const broken = await publishSmallGenerator(folder, 'broken', swapped);
    expect(await main([broken, '--out', repository])).toBe(2);
    expect(errors.at(-1)).toMatch(/swapped channels/);
    expect(await readdir(repository)).toEqual(['soft']);
  });

  test('bad arguments get exit code 2', async () => {
    for (const [args, message] of [
      [[], /name at least one model folder/],
      [[model], /--out/],
      [[model, '--out', repository, '--provider', 'tpu'], /tpu: expected auto, cpu, cuda/],
      [[model, '--out', repository, '--instances', '0'], /--instances/],
    ] as const) {
      expect(await main(args)).toBe(2);
      expect(errors.at(-1)).toMatch(message);
    }
  });
});

describe('config.pbtxt', () => {
  test('collects requests into batches for a short time', () => {
    const config = tritonConfig(STUB_GENERATOR_MANIFEST, { provider: 'auto', instances: 1 });
    expect(config).toMatch(/preferred_batch_size: \[ 2, 4, 8, 16, 32 \]/);
    expect(config).toMatch(/max_queue_delay_microseconds: \d+/);
    expect(config).toMatch(/version_policy \{ all \{ \} \}/);
    expect(config).toMatch(/count: 1 kind: KIND_AUTO/);
    expect(config).not.toContain('parameters');
    expect(config).toContain('multiples of 4');
  });

  test('keeps instances on a CPU to one thread each', () => {
    const config = tritonConfig(STUB_GENERATOR_MANIFEST, { provider: 'cpu', instances: 8 });
    expect(config).toMatch(/count: 8 kind: KIND_CPU/);
    expect(config).toMatch(/key: "intra_op_thread_count" value \{ string_value: "1" \}/);
    const gpu = tritonConfig(STUB_GENERATOR_MANIFEST, { provider: 'cuda', instances: 2 });
    expect(gpu).toMatch(/count: 2 kind: KIND_GPU/);
    expect(gpu).not.toContain('intra_op_thread_count');
  });

  test('gives fixed dims as they are', () => {
    const config = tritonConfig(STUB_DETECTOR_MANIFEST, { provider: 'auto', instances: 1 });
    expect(tensorsOf(config, 'input')).toEqual([
      { name: 'image', type: 'uint8', dims: [64, 64, 3] },
    ]);
    expect(tensorsOf(config, 'output')).toEqual([
      { name: 'boxes', type: 'float32', dims: [4, 16] },
      { name: 'scores', type: 'float32', dims: [4, 1] },
    ]);
  });
});

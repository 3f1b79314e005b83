import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { formatParity } from '../../exporter/verify/parity-table.ts';
import { findRuntimes } from '../../exporter/verify/runtimes.ts';
import { main } from '../../exporter/verify-main.ts';
import { buildSmallGenerator, publishSmallGenerator } from '../support/small-generator.ts';

let models: string;
let sound: string;
let broken: string;
const lines: string[] = [];
const errors: string[] = [];

beforeAll(async () => {
  vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(line));
  vi.spyOn(console, 'error').mockImplementation((line: string) => errors.push(line));
  // The first session of a process decides what ONNX Runtime prints when CUDA is missing.
  await findRuntimes();
  models = await mkdtemp(join(tmpdir(), 'dm-verify-main-'));
  sound = await publishSmallGenerator(models, 'sound', buildSmallGenerator());
  broken = await publishSmallGenerator(models, 'broken', buildSmallGenerator({ channels: 'bgr' }));
});

afterEach(() => {
  lines.length = 0;
  errors.length = 0;
});

afterAll(async () => {
  vi.restoreAllMocks();
  await rm(models, { recursive: true });
});

test('a sound model gets exit code 0 and a table of its parity', async () => {
  expect(await main([sound])).toBe(0);
  const [verdict, table = ''] = lines;
  expect(verdict).toBe(`${sound}: sound: sound 1, 4 files, opset 17`);
  expect(table).toMatch(/^runtime +file +output +largest +mean +allowed\ntf\.js/);
  for (const runtime of ['CPU, no optimisation', 'CPU', 'CUDA', 'WebAssembly']) {
    expect(table).toContain(runtime);
  }
});

test('every refused model gets one line with its reason, and exit code 2', async () => {
  expect(await main([broken, sound, join(models, 'none')])).toBe(2);
  expect(errors).toEqual([
    `${broken}: refused: model.onnx: swapped channels: the model takes and gives BGR, expected RGB`,
    expect.stringMatching(/none: refused: .* is no model/),
  ]);
  expect(lines[0]).toContain('sound 1');
});

test('--json gives one line for each model', async () => {
  expect(await main([sound, broken, '--json'])).toBe(2);
  const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(first).toMatchObject({ folder: sound, isSound: true, name: 'sound', version: 1 });
  expect(first?.['parity']).toContainEqual(
    expect.objectContaining({ file: 'model.onnx', provider: 'wasm', output: 'residual' }),
  );
  expect(second).toMatchObject({ folder: broken, isSound: false });
  expect(second?.['reason']).toMatch(/swapped channels/);
  expect(errors).toEqual([]);
});

test('bad arguments get exit code 2 and a hint', async () => {
  expect(await main([])).toBe(2);
  expect(errors.at(-1)).toMatch(/name at least one model folder/);
  expect(await main([sound, '--frobnicate'])).toBe(2);
  expect(errors.at(-1)).toMatch(/--frobnicate.*\n.*--help/s);
  expect(await main(['--help'])).toBe(0);
  expect(lines.at(-1)).toMatch(/^Usage: deep-makeover verify/);
});

test('the table shows what each difference may be', () => {
  const row = {
    file: 'model.onnx',
    runtime: 'onnxruntime, CPU',
    provider: 'cpu',
    output: 'residual',
    maxAbs: 0.00123456,
    meanAbs: 0.0001,
    allowed: { maxAbs: 0.01275, meanAbs: 0.001 },
  };
  expect(formatParity([row], ['onnxruntime, CUDA']).split('\n')).toEqual([
    'runtime                     file                 output    largest   mean    allowed',
    'tf.js, stored golden pairs                       residual  0         0',
    'onnxruntime, CPU            model.onnx           residual  0.001235  0.0001  0.01275, 0.001',
    'onnxruntime, CUDA           not on this machine',
  ]);
});

import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../models/contract/manifest.ts';
import {
  fileFor,
  goldenOf,
  type ModelVariant,
  modelPaths,
} from '../../models/contract/variants.ts';
import { STUB_GENERATOR_MANIFEST } from '../support/stub-models.ts';

const NARROW = { maxAbs: 1, meanAbs: 0.01 };
const WIDE = { maxAbs: 12, meanAbs: 2 };
const files = ['model.onnx', 'model.int8.onnx'].map((path) => ({
  path,
  sha256: 'a'.repeat(64),
  bytes: 9,
}));
const variants: ModelVariant[] = [
  { precision: 'fp32', path: 'model.onnx', bytes: 9, suits: ['cuda'], speed: [], tolerance: {} },
  {
    precision: 'int8',
    path: 'model.int8.onnx',
    bytes: 3,
    suits: ['cpu', 'wasm'],
    speed: [{ provider: 'cpu', medianMs: 4.5, ratio: 1.6 }],
    quality: {
      splits: '1+2',
      faces: 700,
      ssim: 0.99,
      maxAbs: 20,
      meanAbs: 0.6,
      success: [{ by: 'ridge', difference: -0.01, low: -0.02, high: 0.001 }],
    },
    tolerance: { result: { cpu: WIDE } },
  },
  { precision: 'fp16', bytes: 5, suits: [], speed: [], tolerance: {} },
];
const manifest = {
  ...STUB_GENERATOR_MANIFEST,
  files,
  variants,
  golden: {
    input: { name: 'image', path: 'golden-image.bin', dims: [1], type: 'uint8' as const },
    outputs: [
      {
        output: 'result',
        path: 'golden-result.bin',
        dims: [1],
        type: 'uint8' as const,
        tolerance: { cpu: NARROW },
      },
    ],
  },
};

describe('variants of a model', () => {
  test('come back from a manifest as they were written', () => {
    expect(parseManifest(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
  });

  test('are found by the provider that they suit', () => {
    expect(fileFor(manifest, 'cpu')).toBe('model.int8.onnx');
    expect(fileFor(manifest, 'cuda')).toBe('model.onnx');
    expect(fileFor(manifest, 'webgpu')).toBe('model.onnx');
    expect(modelPaths(manifest)).toEqual(['model.onnx', 'model.int8.onnx']);
    expect(() => fileFor({ files: [] }, 'cpu')).toThrow(/lists no files/);
  });

  test('have golden tolerances of their own', () => {
    expect(goldenOf(manifest, 'model.int8.onnx').outputs[0]?.tolerance).toEqual({ cpu: WIDE });
    expect(goldenOf(manifest, 'model.onnx')).toEqual(manifest.golden);
  });

  test('must have their files', () => {
    const parse = (changed: object) =>
      parseManifest(JSON.parse(JSON.stringify({ ...manifest, ...changed })));
    expect(() => parse({ files: files.slice(0, 1) })).toThrow(/files lack model\.int8\.onnx/);
    const homeless = [{ ...variants[2], suits: ['wasm'] }];
    expect(() => parse({ variants: homeless })).toThrow(/fp16 variant suits wasm but has no file/);
    expect(() => parse({ variants: [{ ...variants[0], precision: 'int4' }] })).toThrow(/precision/);
  });

  test('are none in manifests of before', async () => {
    const path = new URL('../../models/face-detector/1/manifest.json', import.meta.url);
    const old = parseManifest(JSON.parse(await readFile(path, 'utf8')));
    expect(fileFor(old, 'cpu')).toBe('model.onnx');
    expect(modelPaths(old)).toEqual(['model.onnx']);
  });
});

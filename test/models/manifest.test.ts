import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../models/contract/manifest.ts';
import { STUB_GENERATOR_MANIFEST } from '../support/stub-models.ts';

const SHIPPED = JSON.parse(
  readFileSync(new URL('../../models/face-detector/1/manifest.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;

const ROW = { splits: '2', figure: 'SWD', of: 'model', by: 'pixels', group: 'all', faces: 9 };

const GENERATOR = {
  ...STUB_GENERATOR_MANIFEST,
  evaluation: [
    { ...ROW, value: 17.5 },
    { ...ROW, value: 17.5, deviation: 0.2 },
  ],
  files: [{ path: 'model.onnx', sha256: 'a'.repeat(64), bytes: 12 }],
  golden: {
    input: { name: 'image', path: 'golden-image.bin', dims: [1, 4, 4, 3], type: 'uint8' },
    outputs: [
      {
        output: 'residual',
        path: 'golden-residual.bin',
        dims: [1, 4, 4, 3],
        type: 'float32',
        tolerance: { cpu: { maxAbs: 0.1, meanAbs: 0.01 } },
      },
    ],
  },
};

describe('the manifest', () => {
  test('the shipped detector and a generator are read unchanged', () => {
    expect(parseManifest(SHIPPED)).toEqual(SHIPPED);
    expect(parseManifest(structuredClone(GENERATOR))).toEqual(GENERATOR);
  });

  test('a generator of one direction names its sources; all faces may have taken part', () => {
    const training = { ...GENERATOR.training, faces: '', sources: 'Male' };
    expect(parseManifest({ ...GENERATOR, training })).toEqual({ ...GENERATOR, training });
    const { sources: _, ...others } = training;
    expect(parseManifest({ ...GENERATOR, training: others })).not.toHaveProperty(
      'training.sources',
    );
  });

  test('fields of later versions are left out', () => {
    expect(parseManifest({ ...GENERATOR, mood: 'good' })).toEqual(GENERATOR);
  });

  test.each([
    [{ schema: 2 }, /schema is 2, expected 1/],
    [{ kind: 'poet' }, /kind is "poet", expected "generator" or "face-detector"/],
    [{ name: '../up' }, /name is "..\/up", expected small letters/],
    [{ version: 0 }, /version is 0, expected a whole number, at least 1/],
    [{ files: [] }, /files is \[\], expected a list of at least 1/],
    [{ gflop: Number.NaN }, /gflop is null, expected a number, at least 0/],
    [{ crop: { ...GENERATOR.crop, width: '80' } }, /crop.width is "80", expected a whole number/],
    [{ crop: undefined }, /crop is missing, expected an object/],
    [{ outputs: [GENERATOR.outputs[0]] }, /outputs are result, expected residual among them/],
    [
      { evaluation: [{ ...ROW, value: 1, deviation: -1 }] },
      /evaluation\[0\].deviation is -1, expected a number, at least 0/,
    ],
    [
      { files: [{ path: '../../secret', sha256: 'a'.repeat(64), bytes: 1 }] },
      /files\[0\].path is "..\/..\/secret", expected a file name without folders/,
    ],
    [
      { files: [{ path: 'model.onnx', sha256: 'beef', bytes: 1 }] },
      /files\[0\].sha256 is "beef", expected a SHA-256/,
    ],
  ])('%j is refused', (change, reason) => {
    expect(() => parseManifest({ ...GENERATOR, ...change })).toThrow(reason);
  });

  test.each([null, 3, 'text', []])('%j is no manifest', (json) => {
    expect(() => parseManifest(json)).toThrow(/the document is .*, expected an object/);
  });
});

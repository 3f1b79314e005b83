import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type DetectorDraft,
  listVersions,
  nextVersion,
  publishModel,
} from '../../exporter/publish.ts';
import type { Manifest } from '../../models/contract/manifest.ts';

const DRAFT: DetectorDraft = {
  schema: 1,
  kind: 'face-detector',
  name: 'finder',
  version: 1,
  title: 'Finder',
  licence: 'MIT',
  opset: 17,
  inputs: [],
  outputs: [],
  parameters: 1,
  gflop: 1,
  golden: {
    input: { name: 'image', path: 'golden-image.bin', dims: [1], type: 'uint8' },
    outputs: [],
  },
  parity: [],
  inputSize: 256,
  anchors: [],
  minScore: 0.5,
  maxOverlap: 0.3,
  pointOffset: { leftEye: { x: 0, y: 0 }, rightEye: { x: 0, y: 0 }, mouth: { x: 0, y: 0 } },
};

describe('publishing', () => {
  let models: string;

  beforeEach(async () => {
    models = await mkdtemp(join(tmpdir(), 'dm-publish-'));
  });

  afterEach(async () => {
    await rm(models, { recursive: true });
  });

  test('writes every file and a manifest with their hashes', async () => {
    const model = Uint8Array.of(1, 2, 3);
    const folder = await publishModel(
      models,
      DRAFT,
      { 'model.onnx': model, 'README.md': 'é' },
      false,
    );
    expect(folder).toBe(join(models, 'finder', '1'));
    expect((await readdir(folder)).sort()).toEqual(['README.md', 'manifest.json', 'model.onnx']);
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Manifest;
    expect(manifest.files).toEqual([
      { path: 'model.onnx', sha256: createHash('sha256').update(model).digest('hex'), bytes: 3 },
      { path: 'README.md', sha256: createHash('sha256').update('é').digest('hex'), bytes: 2 },
    ]);
    expect(manifest.title).toBe('Finder');
  });

  test('leaves an existing version alone unless told to replace it', async () => {
    await publishModel(models, DRAFT, { 'model.onnx': 'old', 'notes.txt': 'old' }, false);
    await expect(publishModel(models, DRAFT, { 'model.onnx': 'new' }, false)).rejects.toThrow(
      /exists already.*--force/,
    );
    const file = join(models, 'finder', '1', 'model.onnx');
    expect(await readFile(file, 'utf8')).toBe('old');
    await publishModel(models, DRAFT, { 'model.onnx': 'new' }, true);
    expect(await readFile(file, 'utf8')).toBe('new');
    expect(await readdir(join(models, 'finder'))).toEqual(['1']);
    expect(await readdir(join(models, 'finder', '1'))).not.toContain('notes.txt');
  });

  test('leaves nothing behind when a file cannot be written', async () => {
    const files = { 'model.onnx': 'half', 'no/such/folder.bin': 'never' };
    await expect(publishModel(models, DRAFT, files, false)).rejects.toThrow(/ENOENT/);
    expect(await readdir(join(models, 'finder'))).toEqual([]);
  });

  test('keeps the old version when its replacement cannot be written', async () => {
    await publishModel(models, DRAFT, { 'model.onnx': 'old' }, false);
    const files = { 'model.onnx': 'half', 'no/such/folder.bin': 'never' };
    await expect(publishModel(models, DRAFT, files, true)).rejects.toThrow(/ENOENT/);
    expect(await readdir(join(models, 'finder'))).toEqual(['1']);
    expect(await readFile(join(models, 'finder', '1', 'model.onnx'), 'utf8')).toBe('old');
  });

  test('counts versions, not what is being written', async () => {
    expect(await nextVersion(models, 'finder')).toBe(1);
    for (const version of [2, 10, 9]) {
      await publishModel(models, { ...DRAFT, version }, { 'model.onnx': '' }, false);
    }
    await writeFile(join(models, 'finder', '11.4711.tmp'), '');
    expect(await listVersions(models, 'finder')).toEqual([2, 9, 10]);
    expect(await nextVersion(models, 'finder')).toBe(11);
  });
});

import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Manifest, ModelFile } from '../../../models/contract/manifest.ts';
import type { ModelVariant } from '../../../models/contract/variants.ts';
import { ConfigError } from '../../../server/config.ts';
import { loadModels } from '../../../server/models/model-set.ts';
import { ModelRegistry } from '../../../server/models/registry.ts';
import { scanRepository } from '../../../server/models/repository.ts';
import {
  createModelRepository,
  publishGenerator,
  removeModelRepository,
} from '../../support/model-repository.ts';

let original: string;
let repository: string;

beforeAll(async () => {
  original = await createModelRepository();
});
afterAll(() => removeModelRepository(original));
beforeEach(async () => {
  repository = `${original}-copy`;
  await rm(repository, { recursive: true, force: true });
  await cp(original, repository, { recursive: true });
  return () => removeModelRepository(repository);
});

/** What the registry says of every generator after loading, as the service does it. */
async function load(): Promise<ModelRegistry> {
  const registry = new ModelRegistry(await scanRepository(repository));
  const provider = { wanted: 'cpu', isStrict: true } as const;
  const { report } = await loadModels({ provider, folders: registry.folders });
  registry.record(report);
  return registry;
}

function reasonOf(registry: ModelRegistry, name: string): string | undefined {
  return registry.failed.find((entry) => entry.name === name)?.reason;
}

async function editManifest(name: string, edit: (manifest: Record<string, unknown>) => void) {
  const path = join(repository, name, '1', 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  edit(manifest);
  await writeFile(path, JSON.stringify(manifest));
}

test('sound models serve', async () => {
  const registry = await load();
  expect(registry.failed).toEqual([]);
  expect(registry.served).toEqual(['identity/1', 'tint/1']);
  expect(registry.views).toEqual([
    {
      name: 'identity',
      version: 1,
      title: 'Test identity',
      state: 'active',
      provider: 'cpu',
      versions: [{ version: 1, state: 'active', isLoaded: true }],
    },
    expect.objectContaining({ name: 'tint', state: 'active' }),
  ]);
});

test('the file that suits the provider serves, once it reproduces the golden pairs', async () => {
  const file = 'model.int8.onnx';
  await cp(join(repository, 'identity', '1', 'model.onnx'), join(repository, 'tint', '1', file));
  const identity = JSON.parse(
    await readFile(join(repository, 'identity', '1', 'manifest.json'), 'utf8'),
  ) as Manifest;
  const addVariant = (tolerance: ModelVariant['tolerance']) =>
    editManifest('tint', (manifest) => {
      const files = (manifest['files'] as ModelFile[]).filter(({ path }) => path !== file);
      manifest['files'] = [...files, { ...identity.files[0], path: file }];
      const variant = { path: file, bytes: 9, suits: ['cpu'], speed: [], tolerance };
      manifest['variants'] = [{ precision: 'int8', ...variant }];
    });
  const provider = { wanted: 'cpu', isStrict: true } as const;
  const folders = [join(repository, 'tint', '1')];
  const wide = { cpu: { maxAbs: 50, meanAbs: 50 } };

  await addVariant({ result: wide, residual: wide });
  const { models, report } = await loadModels({ provider, folders });
  expect(report.models).toEqual([{ folder: folders[0] }]);
  const image = { type: 'uint8', dims: [1, 4, 4, 3], data: new Uint8Array(48).fill(9) } as const;
  const { result } = (await models.generators.get('tint/1')?.runner.run({ image })) ?? {};
  expect(result?.data).toEqual(image.data);

  await addVariant({});
  const plain = await loadModels({ provider, folders });
  expect(plain.report.models).toEqual([
    {
      folder: folders[0],
      note: expect.stringMatching(
        /^model\.onnx serves in place of model\.int8\.onnx: .*does not reproduce its golden/,
      ) as string,
    },
  ]);
  const tinted = (await plain.models.generators.get('tint/1')?.runner.run({ image }))?.result;
  expect([...(tinted?.data.slice(0, 3) ?? [])]).toEqual([9 + 40, 0, 9 + 10]);
});

test('every complete version is found; other folders are no models', async () => {
  await cp(join(repository, 'tint', '1'), join(repository, 'tint', '10'), { recursive: true });
  await cp(join(repository, 'tint', '1'), join(repository, 'tint', '9'), { recursive: true });
  await rm(join(repository, 'tint', '10', 'manifest.json'));
  await rename(join(repository, 'identity', '1'), join(repository, 'identity', '1.tmp'));
  await mkdir(join(repository, 'contract'));
  await writeFile(join(repository, 'README.md'), 'models');
  const entries = await scanRepository(repository);
  expect(entries.map(({ name, version }) => `${name}/${version}`)).toEqual([
    'face-detector/1',
    'tint/1',
    'tint/9',
  ]);
  // Its manifest is a copy of version 1's.
  expect(entries[2]?.reason).toMatch(/manifest is that of tint\/1/);
});

describe('a model that is not sound is named with its reason, the others serve', () => {
  test('a changed file', async () => {
    const path = join(repository, 'tint', '1', 'model.onnx');
    await writeFile(path, (await readFile(path)).fill(7, 100, 120));
    const registry = await load();
    expect(reasonOf(registry, 'tint')).toMatch(/model\.onnx has SHA-256 \w+, the manifest says/);
    expect(registry.served).toEqual(['identity/1']);
    expect(registry.views[1]).toMatchObject({ name: 'tint', state: 'failed' });
    expect(() => registry.requireServed('tint')).toThrow(
      expect.objectContaining({ code: 'MODEL_NOT_READY' }),
    );
  });

  test('a missing file', async () => {
    await rm(join(repository, 'tint', '1', 'golden-image.bin'));
    expect(reasonOf(await load(), 'tint')).toMatch(/golden-image\.bin/);
  });

  test('a golden pair that is not reproduced', async () => {
    const other = await publishGenerator(join(repository, 'scratch'), 'tint', [1, 2, 3]);
    const model = await readFile(join(other, 'model.onnx'));
    await writeFile(join(repository, 'tint', '1', 'model.onnx'), model);
    const { files } = JSON.parse(await readFile(join(other, 'manifest.json'), 'utf8')) as {
      files: { path: string }[];
    };
    const file = files.find(({ path }) => path === 'model.onnx');
    await editManifest('tint', (manifest) => {
      manifest.files = [file, ...(manifest.files as { path: string }[]).slice(1)];
    });
    expect(reasonOf(await load(), 'tint')).toMatch(/golden/);
  });

  test('a manifest that is no JSON, or lacks a field', async () => {
    await writeFile(join(repository, 'tint', '1', 'manifest.json'), '{');
    await editManifest('identity', (manifest) => {
      manifest.crop = undefined;
    });
    const registry = await load();
    expect(reasonOf(registry, 'tint')).toMatch(/JSON/);
    expect(reasonOf(registry, 'identity')).toMatch(/crop/);
    expect(registry.served).toEqual([]);
  });
});

test('without a detector nothing serves', async () => {
  await rm(join(repository, 'face-detector'), { recursive: true });
  const registry = await load();
  expect(registry.served).toEqual([]);
  expect(() => registry.requireServed('tint')).toThrow(/no face detector/);
});

test('a repository that does not exist is a wrong setting', async () => {
  await expect(scanRepository(join(repository, 'none'))).rejects.toThrow(ConfigError);
});

import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelDetailView } from '../../../models/contract/api/models.ts';
import type { Service } from '../../../server/service.ts';
import { ADMIN_KEY, askAdmin, decide } from '../../support/admin.ts';
import { readComposite } from '../../support/composites.ts';
import { expectProblem } from '../../support/http.ts';
import {
  createModelRepository,
  publishGenerator,
  removeModelRepository,
} from '../../support/model-repository.ts';
import { startTestService } from '../../support/service.ts';
import { buildSmallGenerator } from '../../support/small-generator.ts';

let repository: string;
let service: Service;
let jpeg: Buffer;

async function start(): Promise<void> {
  service = await startTestService({
    DM_MODEL_REPO: repository,
    DM_DATA_DIR: join(repository, '.data'),
    DM_MODEL_POLL_S: '0',
    DM_ADMIN_KEY: ADMIN_KEY,
    DM_LOG_LEVEL: 'silent',
    DM_CANARY_MIN_PHOTOS: '3',
  });
}

beforeAll(async () => {
  repository = await createModelRepository();
  jpeg = await sharp(readComposite()).resize(160).jpeg().toBuffer();
  await start();
});
afterAll(async () => {
  await service.stop();
  await removeModelRepository(repository);
});

function poll(): Promise<void> {
  return service.context.models.deployment.poll();
}

function post(query: string, photo = jpeg): Promise<Response> {
  return fetch(`${service.url}/v1/makeover?${query}`, {
    method: 'POST',
    body: new Uint8Array(photo),
  });
}

/** The version that makes a photo over. */
async function answeredBy(query: string, photo = jpeg): Promise<string | null> {
  const response = await post(query, photo);
  expect(response.status, await response.clone().text()).toBe(200);
  await response.arrayBuffer();
  return response.headers.get('x-model-version');
}

async function view(name = 'tint'): Promise<ModelDetailView> {
  return (await (await fetch(`${service.url}/v1/models/${name}`)).json()) as ModelDetailView;
}

/** States of all versions of `tint`, e.g. "1 standby, 2 active". */
async function states(): Promise<string> {
  const { versions } = await view();
  return versions.map(({ version, state }) => `${version} ${state}`).join(', ');
}

async function swapsOf(result: string): Promise<number> {
  const { values } = await service.context.metrics.modelSwaps.get();
  return (
    values.find(({ labels }) => labels.name === 'tint' && labels.result === result)?.value ?? 0
  );
}

/** Puts another ONNX file into a published folder and makes the manifest fit. */
async function replaceModel(folder: string, model: Uint8Array): Promise<void> {
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as { files: object[] };
  const sha256 = createHash('sha256').update(model).digest('hex');
  manifest.files[0] = { path: 'model.onnx', sha256, bytes: model.length };
  await writeFile(join(folder, 'model.onnx'), model);
  await writeFile(path, JSON.stringify(manifest));
}

test('a version published into the running service becomes active; the one before stands by', async () => {
  expect(await answeredBy('model=tint')).toBe('tint/1');
  await publishGenerator(repository, 'tint', [0, 0, 30], 2);
  await poll();
  expect(await states()).toBe('1 standby, 2 active');
  expect(await answeredBy('model=tint')).toBe('tint/2');
  expect(await answeredBy('model=tint&version=1')).toBe('tint/1');
  expect(await swapsOf('activated')).toBe(1);
  await expectProblem(await post('model=tint&version=7'), 404, 'MODEL_NOT_FOUND');
  await expectProblem(await post('model=tint&version=x'), 400, 'BAD_PARAMETER');
});

describe('a version that is not sound leaves the active one as it is', () => {
  const folder = () => join(repository, 'tint', '3');

  async function expectRefused(reason: RegExp): Promise<void> {
    await poll();
    const { versions, version } = await view();
    expect(version).toBe(2);
    expect(versions[2]).toMatchObject({ version: 3, state: 'failed', isLoaded: false });
    expect(versions[2]?.reason).toMatch(reason);
    expect(await answeredBy('model=tint')).toBe('tint/2');
    await expectProblem(await post('model=tint&version=3'), 503, 'MODEL_NOT_READY');
  }

  test('half-copied: no manifest yet, then a file that is too short', async () => {
    await publishGenerator(join(repository, '.new'), 'tint', [9, 9, 9], 3);
    const complete = join(repository, '.new', 'tint', '3');
    await mkdir(folder());
    await cp(join(complete, 'model.onnx'), join(folder(), 'model.onnx'));
    await poll();
    expect(await states()).toBe('1 standby, 2 active');
    await cp(complete, folder(), { recursive: true });
    await truncate(join(folder(), 'model.onnx'), 100);
    await expectRefused(/not complete: model\.onnx has 100 bytes/);
  });

  test('corrupted: a byte differs', async () => {
    const model = await readFile(join(repository, '.new', 'tint', '3', 'model.onnx'));
    model[50] = (model[50] ?? 0) ^ 1;
    await writeFile(join(folder(), 'model.onnx'), model);
    const failed = await swapsOf('failed');
    await expectRefused(/model\.onnx has SHA-256/);
    expect(await swapsOf('failed')).toBe(failed + 1);
    // It is not tried again as long as it stays the same.
    await poll();
    expect(await swapsOf('failed')).toBe(failed + 1);
  });

  test('channels first instead of last', async () => {
    await replaceModel(folder(), buildSmallGenerator({ layout: 'nchw' }));
    await expectRefused(/Got invalid dimensions|golden/);
  });

  test('once its folder is mended it serves', async () => {
    await rm(folder(), { recursive: true });
    await rename(join(repository, '.new', 'tint', '3'), folder());
    await poll();
    expect(await states()).toBe('1 standby, 2 standby, 3 active');
  });
});

test('a version that is not loaded any more is loaded when it is asked for', async () => {
  const { versions } = await view();
  expect(versions.map(({ isLoaded }) => isLoaded)).toEqual([false, true, true]);
  expect(await answeredBy('model=tint&version=1')).toBe('tint/1');
});

test('an operator activates, goes back, and follows the newest again', async () => {
  const activated = await decide(service, 'tint', 'activate', { version: 1 });
  expect(activated).toMatchObject({ version: 1, previous: 3, isPinned: true });
  await publishGenerator(repository, 'tint', [5, 5, 5], 4);
  await poll();
  // Pinned: the newer version waits until it is wanted.
  expect(await answeredBy('model=tint')).toBe('tint/1');
  expect(await decide(service, 'tint', 'rollback')).toMatchObject({ version: 3, previous: 1 });
  expect(await answeredBy('model=tint')).toBe('tint/3');
  const latest = await decide(service, 'tint', 'activate', { version: 'latest' });
  expect(latest).toMatchObject({ version: 4, isPinned: false, previous: 3 });
});

test('what is not there or not allowed is refused with its reason', async () => {
  const url = `${service.adminUrl}/admin/models/tint/activate?version=1`;
  await expectProblem(await fetch(url, { method: 'POST' }), 401, 'KEY_MISSING');
  await expectProblem(await askAdmin(service, 'none', 'rollback'), 404, 'MODEL_NOT_FOUND');
  const missing = await askAdmin(service, 'tint', 'activate', { version: 99 });
  await expectProblem(missing, 404, 'MODEL_NOT_FOUND');
  for (const [verb, values] of [
    ['activate', {}],
    ['activate', { version: '1.5' }],
    ['canary', { version: 1 }],
    ['canary', { version: 1, percent: 101 }],
    ['canary', { version: 4, percent: 10 }],
    ['rollback', { version: 1 }],
  ] as const) {
    await expectProblem(await askAdmin(service, 'tint', verb, values), 400, 'BAD_PARAMETER');
  }
  await expectProblem(await askAdmin(service, '..%2f..', 'rollback'), 404, 'MODEL_NOT_FOUND');
});

test('a canary gets its share of photos and is stopped when it changes faces otherwise', async () => {
  expect(await decide(service, 'tint', 'canary', { version: 1, percent: 50 })).toMatchObject({
    version: 4,
    canary: { version: 1, percent: 50 },
  });
  expect(await states()).toMatch(/^1 canary, .*4 active$/);
  const photos = await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      sharp(jpeg)
        .jpeg({ quality: 60 + i })
        .toBuffer(),
    ),
  );
  const seen = new Set<string | null>();
  for (const photo of photos) {
    const { canary } = await view();
    if (canary === undefined) break;
    seen.add(await answeredBy('model=tint', photo));
  }
  expect(seen).toEqual(new Set(['tint/1', 'tint/4']));
  await expect.poll(async () => (await view()).canary).toBeUndefined();
  const { versions } = await view();
  expect(versions[0]?.reason).toMatch(/drift: its mean \w+/);
  expect(await swapsOf('canary_stopped')).toBe(1);
  for (const photo of photos.slice(0, 6))
    expect(await answeredBy('model=tint', photo)).toBe('tint/4');
});

test('a worker that starts anew holds the same versions', async () => {
  const { pool } = service.context;
  const before = await states();
  const [pid] = pool.pids;
  process.kill(pid ?? 0, 'SIGKILL');
  await expect.poll(() => pool.pids).not.toContain(pid);
  await expect.poll(() => pool.isReady).toBe(true);
  expect(await answeredBy('model=tint')).toBe('tint/4');
  expect(await states()).toBe(before);
});

test('a restart keeps what was decided, also where the version has gone meanwhile', async () => {
  await decide(service, 'tint', 'activate', { version: 2 });
  await service.stop();
  await start();
  expect(await view()).toMatchObject({ version: 2, isPinned: true });
  expect(await answeredBy('model=tint')).toBe('tint/2');

  await rm(join(repository, 'tint', '2'), { recursive: true });
  await poll();
  const { version } = await view();
  expect(version).not.toBe(2);
  expect(await answeredBy('model=tint')).toBe(`tint/${version}`);
});

test('the only version goes on serving when its folder has gone', async () => {
  await rm(join(repository, 'identity'), { recursive: true });
  await poll();
  const gone = await view('identity');
  expect(gone).toMatchObject({ state: 'active', reason: expect.stringMatching(/gone/) as string });
  expect(await answeredBy('model=identity')).toBe('identity/1');
});

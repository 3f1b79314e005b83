import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { main as exportRun } from '../../exporter/main.ts';
import { main as models } from '../../server/models/main.ts';
import type { Service } from '../../server/service.ts';
import { main as train } from '../../trainer/main.ts';
import { createRunFolder } from '../../trainer/run-folder.ts';
import { ADMIN_KEY } from '../support/admin.ts';
import { readComposite } from '../support/composites.ts';
import { publishGenerator } from '../support/model-repository.ts';
import { startPhotoLoad } from '../support/photo-load.ts';
import { startTestService } from '../support/service.ts';
import { drawCelebaFolder, tinyConfig } from '../support/tiny-run.ts';

const DETECTOR = fileURLToPath(new URL('../../models/face-detector', import.meta.url));
const TERMS = ['--data-name', 'Drawn', '--data-licence', 'CC0-1.0', '--data-attribution', 'nobody'];
const TARGETS = { smiling: 'Smiling', serious: '!Smiling' };
const STEPS = 12;

let folder: string;
let service: Service;

beforeAll(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  folder = await mkdtemp(join(tmpdir(), 'dm-new-version-'));
});

afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await service?.stop();
  await rm(folder, { recursive: true });
});

async function makeOver(photo: Buffer): Promise<{ version: string | null; pixels: Buffer }> {
  const url = `${service.url}/v1/makeover?model=smiling&format=png`;
  const response = await fetch(url, { method: 'POST', body: new Uint8Array(photo) });
  expect(response.status).toBe(200);
  const pixels = await sharp(await response.arrayBuffer())
    .raw()
    .toBuffer();
  return { version: response.headers.get('x-model-version'), pixels };
}

function activeVersion(): number | undefined {
  return service.context.registry.requireModel('smiling').active;
}

test('a model is trained, exported and published into the running service, and taken back', async () => {
  const repository = join(folder, 'models');
  await cp(DETECTOR, join(repository, 'face-detector'), { recursive: true });
  await publishGenerator(repository, 'smiling', [40, -20, 10]);
  service = await startTestService({
    DM_MODEL_REPO: repository,
    DM_DATA_DIR: join(folder, 'data'),
    DM_MODEL_POLL_S: '1',
    DM_WORKERS: '2',
    DM_ADMIN_KEY: ADMIN_KEY,
  });
  const photo = await sharp(readComposite()).resize(160).png().toBuffer();
  const before = await makeOver(photo);
  expect(before.version).toBe('smiling/1');
  const stopLoad = startPhotoLoad(`${service.url}/v1/makeover?model=smiling`, photo);

  const data = await drawCelebaFolder([44, 12], undefined, 'Smiling');
  const run = join(folder, 'run');
  await createRunFolder(run, tinyConfig(data, STEPS, TARGETS));
  expect(await train(['--resume', run])).toBe(0);
  const exported = join(folder, 'exported');
  const options = ['--out', exported, '--version', '2', '--no-evaluate', ...TERMS];
  expect(await exportRun([run, ...options])).toBe(0);

  expect(await models(['publish', join(exported, 'smiling', '2'), repository])).toBe(0);
  await expect.poll(activeVersion).toBe(2);
  const changed = await makeOver(photo);
  expect(changed.version).toBe('smiling/2');
  expect(changed.pixels.equals(before.pixels)).toBe(false);

  vi.stubEnv('DM_ADMIN_KEY', ADMIN_KEY);
  expect(await models(['rollback', 'smiling', '--url', service.adminUrl])).toBe(0);
  const again = await makeOver(photo);
  expect(again.version).toBe('smiling/1');
  expect(again.pixels.equals(before.pixels)).toBe(true);

  const { answered, failures, versions } = await stopLoad();
  expect(failures).toEqual([]);
  expect(versions.slice(0, 2)).toEqual(['smiling/1', 'smiling/2']);
  expect(versions.at(-1)).toBe('smiling/1');
  expect(answered).toBeGreaterThan(5);
}, 120_000);

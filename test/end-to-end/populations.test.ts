import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { main as exportRun } from '../../exporter/main.ts';
import { main as verify } from '../../exporter/verify-main.ts';
import type { Service } from '../../server/service.ts';
import { main as train } from '../../trainer/main.ts';
import { createRunFolder } from '../../trainer/run-folder.ts';
import { readComposite } from '../support/composites.ts';
import { startTestService } from '../support/service.ts';
import { drawCelebaFolder, tinyConfig } from '../support/tiny-run.ts';

const DETECTOR = fileURLToPath(new URL('../../models/face-detector', import.meta.url));
const TERMS = ['--data-name', 'Drawn', '--data-licence', 'CC0-1.0', '--data-attribution', 'nobody'];
const TARGETS = { smiling: 'Smiling', serious: '!Smiling' };
/** Enough for the two targets to change a photo's face by some levels, each in its own way. */
const STEPS = 80;
/** In grey levels over the whole photo, of which the face is a tenth; the same answer gives 0. */
const VISIBLE = 0.02;

let folder: string;
let service: Service | undefined;

beforeAll(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  folder = await mkdtemp(join(tmpdir(), 'dm-populations-'));
});

afterAll(async () => {
  vi.restoreAllMocks();
  await service?.stop();
  await rm(folder, { recursive: true });
});

/** Mean absolute difference of two pictures in grey levels. */
async function difference(a: Buffer, b: Buffer): Promise<number> {
  const [left, right] = await Promise.all([a, b].map((file) => sharp(file).raw().toBuffer()));
  if (left === undefined || right === undefined) throw new Error('two pictures are compared');
  return left.reduce((sum, level, i) => sum + Math.abs(level - (right[i] ?? 0)), 0) / left.length;
}

test('a population chosen by an attribute is trained, exported and served', async () => {
  const data = await drawCelebaFolder([44, 12], undefined, 'Smiling');
  const run = join(folder, 'run');
  await createRunFolder(run, { ...tinyConfig(data, STEPS, TARGETS), learningRate: 4e-3 });
  expect(await train(['--resume', run])).toBe(0);

  const models = join(folder, 'models');
  await cp(DETECTOR, join(models, 'face-detector'), { recursive: true });
  expect(await exportRun([run, '--out', models, '--no-evaluate', ...TERMS])).toBe(0);
  expect(await verify([join(models, 'smiling', '1'), join(models, 'serious', '1')])).toBe(0);

  service = await startTestService({ DM_MODEL_REPO: models });
  const list = (await (await fetch(`${service.url}/v1/models`)).json()) as { models: object[] };
  expect(list.models).toMatchObject([{ name: 'serious' }, { name: 'smiling' }]);

  const photo = await sharp(readComposite()).resize(320).png().toBuffer();
  const makeOver = async (query: string): Promise<Buffer> => {
    const url = `${service?.url}/v1/makeover?${query}`;
    const response = await fetch(url, { method: 'POST', body: photo });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-faces')).toBe('1');
    return Buffer.from(await response.arrayBuffer());
  };
  const smiling = await makeOver('model=smiling');
  const serious = await makeOver('model=serious');
  expect(await difference(smiling, photo)).toBeGreaterThan(VISIBLE);
  expect(await difference(smiling, serious)).toBeGreaterThan(VISIBLE);
  expect(await difference(await makeOver('model=smiling&strength=0'), photo)).toBe(0);
}, 120_000);

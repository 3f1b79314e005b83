import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PhotoCounts, PhotoEvent } from '../../../server/batch-cli/events.ts';
import { main as batch } from '../../../server/batch-cli/main.ts';
import type { Service } from '../../../server/service.ts';
import { readComposite } from '../../support/composites.ts';
import { createModelRepository, removeModelRepository } from '../../support/model-repository.ts';
import { startTestService } from '../../support/service.ts';

const CLI = fileURLToPath(new URL('../../../server/cli.ts', import.meta.url));
const KEY = 'a-key-of-sixteen-letters';
const PHOTOS = 12;

let service: Service;
let photo: Buffer;
let top: string;
let photos: string;
let out: string;

beforeAll(async () => {
  service = await startTestService({ DM_API_KEYS: KEY });
  photo = await sharp(readComposite()).resize(240).jpeg().toBuffer();
  top = await mkdtemp(join(tmpdir(), 'deep-makeover-batch-'));
});
afterAll(async () => {
  await service.stop();
  await rm(top, { recursive: true });
});

beforeEach(async () => {
  vi.stubEnv('DM_API_KEY', KEY);
  photos = await mkdtemp(join(top, 'in-'));
  out = join(await mkdtemp(join(top, 'out-')), 'results');
});

afterEach(() => vi.unstubAllEnvs());

/** Photos of different brightness, in two folders. */
async function writePhotos(count: number): Promise<void> {
  await mkdir(join(photos, 'sub'));
  for (let i = 0; i < count; i++) {
    const file = await sharp(photo)
      .modulate({ brightness: 1 - i / 100 })
      .jpeg()
      .toBuffer();
    await writeFile(join(photos, i % 2 === 0 ? '' : 'sub', `${i}.jpg`), file);
  }
}

function start(...args: string[]) {
  return spawn(process.execPath, ['--import', 'tsx', CLI, 'batch', photos, out, ...args]);
}

interface Ended {
  readonly code: number | null;
  readonly events: readonly PhotoEvent[];
  readonly counts: PhotoCounts | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...parseEvents(stdout), stdout, stderr };
}

function parseEvents(stdout: string): Pick<Ended, 'events' | 'counts'> {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  const values = lines.map((line) => JSON.parse(line) as PhotoEvent & { event: string });
  return {
    events: values.filter(({ event }) => event === 'photo'),
    counts: values.find(({ event }) => event === 'end') as PhotoCounts | undefined,
  };
}

const onServer = () => ['--server', service.url, '--model', 'tint'];
const runJson = (...args: string[]) => runHere(...onServer(), '--json', ...args);

/** The same within this process, which is quicker than starting one. */
async function runHere(...args: string[]): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    });
  }
  const code = await batch([photos, out, ...args]);
  vi.restoreAllMocks();
  return { code, ...parseEvents(written.stdout), ...written };
}

/** Names of all results; fails when one is no whole picture. */
async function wholeResults(): Promise<string[]> {
  const names = (await readdir(out, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.deep-makeover'))
    .map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1));
  for (const name of names) await sharp(join(out, name), { failOn: 'warning' }).raw().toBuffer();
  return names.sort();
}

describe('against a service', () => {
  test('keeps the folders, lists failures, and skips what is done the next time', async () => {
    await writePhotos(3);
    await writeFile(join(photos, 'broken.jpg'), photo.subarray(0, 200));
    await writeFile(join(photos, 'empty.png'), '');
    const first = await runJson();
    expect(first.counts, first.stderr).toMatchObject({ succeeded: 3, skipped: 0, failed: 2 });
    expect(first.code).toBe(1);
    const failures = first.events.filter(({ state }) => state === 'failed');
    expect(failures.map(({ input }) => input).sort()).toEqual(['broken.jpg', 'empty.png']);
    expect(failures).toContainEqual(
      expect.objectContaining({ input: 'broken.jpg', code: 'IMAGE_CORRUPT' }),
    );
    expect(await wholeResults()).toEqual(['0.jpg', '2.jpg', 'sub/1.jpg']);

    await writeFile(join(photos, '0.jpg'), photo);
    await rm(join(out, '2.jpg'));
    const second = await runHere(...onServer(), '--fail-on', 'none');
    expect(second.code).toBe(0);
    expect(second.stdout).toMatch(/^sub\/1\.jpg: done before$/m);
    expect(second.stdout).toMatch(/^2 done, 1 done before, 2 failed$/m);
    expect(await wholeResults()).toEqual(['0.jpg', '2.jpg', 'sub/1.jpg']);
  });

  test('other parameters are other results, and --resume keeps to those before', async () => {
    await writePhotos(2);
    expect((await runJson('--format', 'png', '--strength', '0.5')).counts?.succeeded).toBe(2);
    expect(await wholeResults()).toEqual(['0.png', 'sub/1.png']);
    const resumed = await runHere('--server', service.url, '--resume', '--json');
    expect(resumed.counts, resumed.stderr).toMatchObject({ succeeded: 0, skipped: 2 });
    expect((await runJson('--format', 'png')).counts).toMatchObject({ succeeded: 2, skipped: 0 });
  });

  test('two photos of one stem get results of two names', async () => {
    await writeFile(join(photos, 'a.jpg'), photo);
    await writeFile(join(photos, 'a.png'), await sharp(photo).png().toBuffer());
    expect((await runJson('--format', 'webp')).counts?.succeeded).toBe(2);
    const names = await wholeResults();
    expect(names).toHaveLength(2);
    expect(names).toContain('a.webp');
  });

  test('killed in the middle, it loses nothing, writes nothing by halves, repeats nothing', async () => {
    await writePhotos(PHOTOS);
    const child = start(...onServer(), '--json', '--concurrency', '2');
    const lines = createInterface({ input: child.stdout });
    const done: string[] = [];
    for await (const line of lines) {
      if (!line.includes('"photo"')) continue;
      done.push((JSON.parse(line) as PhotoEvent).input);
      if (done.length === 3) child.kill('SIGKILL');
    }
    expect(done.length).toBeLessThan(PHOTOS);
    await wholeResults();
    const second = await runJson();
    expect(second.code, second.stderr).toBe(0);
    expect(second.counts).toMatchObject({ failed: 0 });
    const skipped = second.events.filter(({ state }) => state === 'skipped');
    expect(skipped.map(({ input }) => input)).toEqual(expect.arrayContaining(done.slice(0, 3)));
    expect(await wholeResults()).toHaveLength(PHOTOS);
    expect(await readdir(join(out, '.deep-makeover'))).toEqual(['state.jsonl']);
  });

  test('interrupted, it ends by 130 and goes on later', async () => {
    await writePhotos(PHOTOS);
    const child = start(...onServer(), '--json', '--concurrency', '1');
    child.stdout.once('data', () => {
      child.stdout.once('data', () => child.kill('SIGINT'));
    });
    const first = await ended(child);
    expect(first.code).toBe(130);
    expect(first.counts).toMatchObject({ isInterrupted: true });
    const second = await runJson();
    expect(second.code).toBe(0);
    expect(second.counts?.skipped).toBe(first.counts?.succeeded);
    expect(await wholeResults()).toHaveLength(PHOTOS);
  });

  test('--watch does photos as they come, until it is interrupted', async () => {
    const child = start(...onServer(), '--json', '--watch');
    const result = ended(child);
    child.stdout.once('data', () => {
      child.stdout.once('data', () => child.kill('SIGINT'));
      void writeFile(join(photos, 'late.jpg'), photo);
    });
    expect(await result).toMatchObject({ code: 130, counts: { succeeded: 1, failed: 0 } });
  });
});

describe('without a service', () => {
  test('--local does the same by itself', async () => {
    const repository = await createModelRepository();
    await writePhotos(2);
    vi.stubEnv('DM_MODEL_REPO', repository).stubEnv('DM_EP', 'cpu').stubEnv('DM_WORKERS', '1');
    const { code, counts, stderr } = await runHere('--model', 'tint', '--local', '--json');
    await removeModelRepository(repository);
    expect(code, stderr).toBe(0);
    expect(counts).toMatchObject({ succeeded: 2 });
    const local = await Promise.all(
      (await wholeResults()).map((name) => readFile(join(out, name))),
    );
    await rm(out, { recursive: true });
    await runJson();
    const remote = await Promise.all(
      (await wholeResults()).map((name) => readFile(join(out, name))),
    );
    expect(local.every((file, i) => file.equals(remote[i] ?? Buffer.alloc(0)))).toBe(true);
  });

  test('no answer is exit code 3', async () => {
    await writePhotos(1);
    const { code, stderr } = await runHere('--model', 'tint', '--server', 'http://127.0.0.1:9');
    expect(code).toBe(3);
    expect(stderr).toMatch(/no service answers at/);
  });
});

describe('wrong use is exit code 2', () => {
  beforeEach(() => writePhotos(1));

  test.each([
    [['--model', 'tnit'], {}, /no model "tnit": there is/],
    [['--model', 'tint', '--version', '7'], {}, /no version 7 of tint: there is 1/],
    [['--model', 'tint'], { DM_API_KEY: 'another-key-of-letters' }, /KEY_WRONG/],
    [['--model', 'tint', '--strength', '2'], {}, /expected a number from 0 to 1/],
    [['--model', 'tint', '--resume'], {}, /nothing to resume/],
    [['--model', 'tint', '--fail-on', 'some'], {}, /expected any or none/],
    [[], {}, /model is missing/],
  ])('%j', async (args, settings, message) => {
    for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
    const { code, stderr } = await runHere('--server', service.url, ...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  test('two runs into one folder', async () => {
    await mkdir(join(out, '.deep-makeover'), { recursive: true });
    await writeFile(join(out, '.deep-makeover', 'lock'), String(process.pid));
    const { code, stderr } = await runHere(...onServer());
    expect(stderr).toContain(`process ${process.pid} is filling this folder`);
    expect(code).toBe(2);
  });
});

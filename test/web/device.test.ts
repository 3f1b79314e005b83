import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import exifr from 'exifr';
import type { Browser, Page, Request } from 'playwright-core';
import sharp, { type Sharp } from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Service } from '../../server/service.ts';
import { lacksChromium, launchChromium } from '../support/chromium.ts';
import { callClient } from '../support/client-page.ts';
import { storeTurned } from '../support/orientation.ts';
import { COMPOSITE, wallPhoto } from '../support/page-uploads.ts';
import { startTestService } from '../support/service.ts';

const MARK = 'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia';
const ONE_THREAD = [{ provider: 'wasm', threads: 1 }];
const TWO_THREADS = [{ provider: 'wasm', threads: 2 }];

const ENCODERS = {
  png: (picture: Sharp) => picture.png(),
  webp: (picture: Sharp) => picture.webp({ lossless: true }),
  jpeg: (picture: Sharp) => picture.jpeg({ quality: 98 }),
} as const;

/** For a dozen photos in one test. */
const LONG_TIMEOUT_MS = 90_000;

// The page and the client are those in dist/web: `npm test` builds them first.
describe.skipIf(lacksChromium)('photos made over on the device', () => {
  let service: Service | undefined;
  let browser: Browser | undefined;
  let page: Page;
  let requests: Request[];

  beforeAll(async () => {
    [service, browser] = await Promise.all([startTestService(), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.stop();
  });
  beforeEach(async () => {
    if (!browser || !service) throw new Error('the browser and the service have not started');
    page = await browser.newPage({ reducedMotion: 'reduce' });
    page.setDefaultTimeout(20_000);
    await page.goto(service.url);
    requests = [];
    page.on('request', (request) => requests.push(request));
  });
  afterEach(() => page.close());

  const onDevice = (photo: Buffer, mediaType: string, options: Record<string, unknown> = {}) =>
    callClient(page, photo, mediaType, { where: 'device', model: 'tint', ...options });

  test('with threads and without, and on the server, give the same picture', async () => {
    const photo = await readFile(COMPOSITE);
    const onServer = await callClient(page, photo, 'image/jpeg', {
      where: 'server',
      model: 'tint',
    });
    const expected = await pixelsOf(onServer.file);
    for (const backends of [TWO_THREADS, ONE_THREAD]) {
      const made = await onDevice(photo, 'image/jpeg', { backends });
      expect(made).toMatchObject({ faces: 1, modelVersion: 'tint/1', backend: backends[0] });
      expect(meanDifference(await pixelsOf(made.file), expected)).toBeLessThan(0.5);
    }
    expect(meanDifference(expected, await pixelsOf(photo))).toBeGreaterThan(2);
  });

  test('keep their profile and format, carry the mark, and do not change outside the face', async () => {
    const photo = await sharp(COMPOSITE).resize(320).withIccProfile('p3').png().toBuffer();
    const made = await onDevice(photo, 'image/png');
    const { format, orientation, icc: kept } = await sharp(made.file).metadata();
    expect({ format, orientation }).toEqual({ format: 'png', orientation: undefined });
    expect(Buffer.compare(kept as Buffer, (await sharp(photo).metadata()).icc as Buffer)).toBe(0);
    const found = (await exifr.parse(made.file, { xmp: true })) as Record<string, unknown>;
    expect(found['DigitalSourceType']).toBe(MARK);

    const [before, after] = [await pixelsOf(photo), await pixelsOf(made.file)];
    const corner = before.subarray(0, 3 * 320 * 20);
    expect(Buffer.compare(after.subarray(0, corner.length), corner)).toBe(0);
    expect(meanDifference(before, after)).toBeGreaterThan(2);
    const none = await onDevice(photo, 'image/png', { strength: 0 });
    expect(Buffer.compare(await pixelsOf(none.file), before)).toBe(0);
  });

  test(
    'are upright whatever their EXIF orientation',
    async () => {
      const upright = await sharp(COMPOSITE).resize(240).png().toBuffer();
      const expected = await pixelsOf((await onDevice(upright, 'image/png')).file);
      const orientations = { png: [5], webp: [2, 6, 7], jpeg: [1, 2, 3, 4, 5, 6, 7, 8] } as const;
      for (const format of ['png', 'webp', 'jpeg'] as const) {
        for (const orientation of orientations[format]) {
          const picture = sharp(await storeTurned(upright, orientation)).keepMetadata();
          const file = await ENCODERS[format](picture).toBuffer();
          const made = await onDevice(file, `image/${format}`);
          // A turned JPEG differs by its blocks, and so do the points that are found in it.
          const limit = format === 'jpeg' ? 1 : 0.2;
          expect(meanDifference(await pixelsOf(made.file), expected)).toBeLessThan(limit);
        }
      }
    },
    LONG_TIMEOUT_MS,
  );

  test('of a format that browsers do not write become JPEG, with a notice', async () => {
    const photo = await sharp(COMPOSITE).resize(240).avif({ effort: 0 }).toBuffer();
    const made = await onDevice(photo, 'image/avif');
    expect((await sharp(made.file).metadata()).format).toBe('jpeg');
    expect(made.notices).toEqual([{ kind: 'format', mediaType: 'image/jpeg' }]);
  });

  test("are refused with the service's own codes", async () => {
    await expect(onDevice(await wallPhoto(), 'image/png')).rejects.toThrow(/^NO_FACE_FOUND/);
    const text = Buffer.from('Dear diary');
    await expect(onDevice(text, 'image/jpeg')).rejects.toThrow(/^TYPE_NOT_ALLOWED/);
    const half = (await readFile(COMPOSITE)).subarray(0, 100);
    await expect(onDevice(half, 'image/jpeg')).rejects.toThrow(/^IMAGE_CORRUPT/);
  });

  test('send nothing: only the networks are fetched, once', async () => {
    await page.locator('#start-picker').getByText('Test tint').click();
    await page.locator('#start').getByText('This device', { exact: true }).click();
    await page.setInputFiles('#file', COMPOSITE);
    await page.getByText('1 face made over').waitFor();
    expect(await page.locator('#details').textContent()).toMatch(
      /On this device \(WebAssembly, \d threads?\)/,
    );
    expect(requests.length).toBeGreaterThan(0);
    for (const request of requests) {
      expect(new URL(request.url()).origin).toBe(new URL(page.url()).origin);
      expect({ method: request.method(), body: request.postData() }).toEqual({
        method: 'GET',
        body: null,
      });
    }
    requests = [];
    await page.getByRole('button', { name: 'Start over' }).click();
    await page.getByRole('button', { name: /^Sample 2/ }).click();
    await page.getByText('1 face made over').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download', exact: true }).click(),
    ]);
    const { width, height, format } = await sharp(await readFile(await download.path())).metadata();
    expect({ width, height, format }).toEqual({ width: 640, height: 800, format: 'jpeg' });
    const asked = requests
      .map((request) => request.url())
      .filter((url) => !url.startsWith('blob:'));
    // A sample is fetched like a photo is chosen, from the browser's cache.
    expect(asked.filter((url) => !url.includes('/assets/man-black'))).toEqual([]);
  });

  test('use no network that was changed on its way', async () => {
    await page.route('**/v1/models/tint/versions/1/files/model.onnx', async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      body[body.length - 1] = (body[body.length - 1] as number) ^ 1;
      await route.fulfill({ response, body });
    });
    const photo = await readFile(COMPOSITE);
    await expect(onDevice(photo, 'image/jpeg')).rejects.toThrow(/DEVICE_FAILED: .*SHA-256/);
    // Where the visitor leaves the choice to the page, the server takes over.
    const made = await callClient(page, photo, 'image/jpeg', { where: 'auto', model: 'tint' });
    expect(made.where).toBe('server');
  });

  test('never keep the page waiting: its own thread has no task of 50 ms', async () => {
    // A file of its own: from memory it would come through the page's thread.
    const folder = await mkdtemp(join(tmpdir(), 'deep-makeover-photo-'));
    const photo = join(folder, 'large.jpg');
    await sharp(COMPOSITE).resize(3000, 4000, { fit: 'cover' }).jpeg().toFile(photo);
    await page.locator('#start-picker').getByText('Test tint').click();
    await page.locator('#start').getByText('This device', { exact: true }).click();
    await browser?.startTracing(page, { categories: ['toplevel', '__metadata'] });
    await page.setInputFiles('#file', photo);
    await page.getByText('1 face made over').waitFor();
    await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download', exact: true }).click(),
    ]);
    const trace = JSON.parse(String(await browser?.stopTracing())) as { traceEvents: TraceEvent[] };
    await rm(folder, { recursive: true });
    expect(longestTaskMs(trace.traceEvents)).toBeLessThan(50);
  });
});

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Time that the thread itself computed, in microseconds: a busy machine does not add to it. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

function longestTaskMs(events: readonly TraceEvent[]): number {
  const mains = events.filter(
    ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain',
  );
  const tasks = events.filter(
    ({ name, pid, tid, tdur }) =>
      tdur !== undefined &&
      name.endsWith('RunTask') &&
      mains.some((main) => main.pid === pid && main.tid === tid),
  );
  if (tasks.length === 0) throw new Error('the trace has no task of the page');
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000;
}

async function pixelsOf(file: Buffer): Promise<Buffer> {
  return sharp(file, { ignoreIcc: true }).autoOrient().removeAlpha().raw().toBuffer();
}

function meanDifference(a: Buffer, b: Buffer): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0) / a.length;
}

import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { InfoView } from '../../models/contract/api/service.ts';
import { pageFolder, securityHeaders, servePage } from '../../server/page.ts';
import type { Service } from '../../server/service.ts';
import { lacksChromium, launchChromium } from '../support/chromium.ts';
import { COMPOSITE } from '../support/page-uploads.ts';
import { startTestService } from '../support/service.ts';

// The page is the one in dist/web: `npm test` builds it first.
describe.skipIf(lacksChromium)('the page without a connection', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    context = await browser.newContext({ reducedMotion: 'reduce' });
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
  });
  afterEach(() => context.close());

  describe('after one visit and one makeover', () => {
    let service: Service;

    beforeAll(async () => {
      service = await startTestService();
    });
    afterAll(() => service.stop());

    test('makes photos over on the device, and says that the service is away', async () => {
      await page.goto(service.url);
      await makeOver(page);
      await isReady(page);
      await context.setOffline(true);
      await page.reload();
      await makeOver(page);
      expect(await page.locator('#details').textContent()).toContain('On this device');

      const info = await page.evaluate<InfoView>("fetch('/v1/info').then((it) => it.json())");
      expect(info.state).toBe('not ready');
      expect(info.limits.maxFaces).toBeGreaterThan(0);
      const kept = await page.evaluate<string[]>(KEPT);
      expect(kept.filter((url) => url.includes('/v1/makeover'))).toEqual([]);
      const runtimes = kept.filter((url) => url.endsWith('.wasm'));
      expect(runtimes).toHaveLength(1);
    });

    test('can be installed, with an icon for every use', async () => {
      await page.goto(service.url);
      await isReady(page);
      const session = await context.newCDPSession(page);
      const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
      // Playwright's contexts are private windows, in which nothing can be installed.
      expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito']);
      const response = await page.request.get(`${service.url}/app.webmanifest`);
      const { icons } = (await response.json()) as {
        icons: { src: string; sizes: string; type: string }[];
      };
      for (const { src, sizes, type } of icons.filter((icon) => icon.type === 'image/png')) {
        const file = await page.request.get(new URL(src, `${service.url}/`).href);
        expect(file.headers()['content-type']).toBe(type);
        const { width, height } = await sharp(await file.body()).metadata();
        expect(`${width}x${height}`).toBe(sizes);
      }
    });
  });

  test('a new build takes over at the next visit, and removes what the old one kept', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deep-makeover-page-'));
    const packed = /\.(br|gz|wasm)$/;
    await cp(pageFolder(), folder, { recursive: true, filter: (path) => !packed.test(path) });
    const server = await listen(express().use(securityHeaders(), servePage(folder)));
    try {
      const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
      await page.goto(url);
      await isReady(page);
      const [old] = await buildCaches(page);
      await publishNext(folder);

      await page.reload();
      expect(await page.title()).toBe('The next build');
      await page.evaluate(
        'navigator.serviceWorker.ready.then((it) => it.update()).then(() => undefined)',
      );
      const hasWaiting = 'navigator.serviceWorker.ready.then((it) => it.waiting !== null)';
      await expect.poll(() => page.evaluate(hasWaiting)).toBe(true);
      await page.reload();
      await expect.poll(async () => (await buildCaches(page)).includes(old ?? '')).toBe(false);
      expect(await buildCaches(page)).toHaveLength(1);
      await context.setOffline(true);
      await page.reload();
      expect(await page.title()).toBe('The next build');
    } finally {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true });
    }
  });
});

/** Addresses of all that is kept for this page. */
const KEPT = `(async () => {
  const names = await caches.keys();
  const keys = names.map(async (name) => (await caches.open(name)).keys());
  return (await Promise.all(keys)).flat().map(({ url }) => url);
})()`;

async function makeOver(page: Page): Promise<void> {
  await page.locator('#start').getByText('This device', { exact: true }).click();
  await page.setInputFiles('#file', COMPOSITE);
  await page.getByText('1 face made over').waitFor();
}

/** Waits until the service worker has all that the page needs. */
async function isReady(page: Page): Promise<void> {
  await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
  // Not by waitForFunction, which needs an eval that the page's policy forbids.
  const state = 'navigator.serviceWorker.controller?.state';
  await expect.poll(() => page.evaluate(state)).toBe('activated');
}

async function buildCaches(page: Page): Promise<string[]> {
  const names = await page.evaluate<string[]>('caches.keys()');
  return names.filter((name) => name.startsWith('deep-makeover-build'));
}

/** Changes the page in a folder as the next build would. */
async function publishNext(folder: string): Promise<void> {
  const [index, worker] = ['index.html', 'service-worker.js'].map((name) => join(folder, name));
  if (!index || !worker) throw new Error('there are two paths');
  const before = await readFile(index, 'utf8');
  const after = before.replace(/<title>.*<\/title>/, '<title>The next build</title>');
  const script = await readFile(worker, 'utf8');
  const build = /`([0-9a-f]{16})`/.exec(script)?.[1] ?? '';
  expect(script).toContain(sha256(before));
  await writeFile(index, after);
  await writeFile(
    worker,
    script.replace(sha256(before), sha256(after)).replace(build, '0123456789abcdef'),
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function listen(app: express.Express): Promise<Server> {
  return new Promise((resolve) => {
    const server = app.listen(0, 'localhost', () => resolve(server));
  });
}

import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../server/app.ts';
import { lacksChromium, launchChromium } from '../support/chromium.ts';
import { createIdleContext } from '../support/idle-context.ts';

let server: Server;
let url: string;

beforeAll(async () => {
  const app: RequestListener = createApp(createIdleContext());
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('nothing of the page is inline or comes from another site', async () => {
  const page = await (await fetch(`${url}/docs/`)).text();
  for (const [, attribute, target = ''] of page.matchAll(/(src|href)="([^"]*)"/g)) {
    expect(target, attribute).toMatch(/^(\/|data:,)/);
  }
  expect(page).not.toMatch(/<script>|<style|style=/);
  for (const [, file = ''] of page.matchAll(/"(\/docs\/[^"]+)"/g)) {
    expect((await fetch(url + file)).status, file).toBe(200);
  }
});

test('only the files that the page needs are served', async () => {
  for (const name of ['index.html', 'swagger-initializer.js', 'package.json']) {
    expect((await fetch(`${url}/docs/${name}`)).status, name).toBe(404);
  }
});

describe.skipIf(lacksChromium)('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test('the page shows every operation, against no policy', async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    const foreign: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) {
        foreign.push(request.url());
      }
    });
    await page.goto(`${url}/docs`);
    await page.click('#operations-Photos-makeOver button');
    await page.waitForSelector('#operations-Photos-makeOver input[type=file]');
    expect(await page.locator('.opblock').count()).toBeGreaterThan(8);
    expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
  });
});

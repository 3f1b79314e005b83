import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handleErrors } from '../../server/errors.ts';
import { createLogger } from '../../server/logger.ts';
import { securityHeaders, servePage } from '../../server/page.ts';

const SCRIPT = 'export const answer = 42;';

let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deep-makeover-page-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(folder, 'assets', 'main-1a2b.js'), 'export {};');
  await writeFile(join(folder, 'assets', 'packed-3c4d.js'), SCRIPT);
  await writeFile(join(folder, 'assets', 'packed-3c4d.js.br'), brotliCompressSync(SCRIPT));
  await writeFile(join(folder, 'assets', 'packed-3c4d.js.gz'), gzipSync(SCRIPT));
  const app = express()
    .use(securityHeaders())
    .use(servePage(folder))
    .use(handleErrors(createLogger('silent')));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

test('the page is asked for anew, its hashed parts never', async () => {
  const page = await fetch(`${url}/`);
  expect(await page.text()).toContain('<title>page</title>');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const script = await fetch(`${url}/assets/main-1a2b.js`);
  expect(script.headers.get('content-type')).toMatch(/^text\/javascript/);
  expect(script.headers.get('cache-control')).toContain('immutable');
});

test('a script is sent packed as the client takes it', async () => {
  for (const encoding of ['br', 'gzip', 'identity', 'br;q=0, gzip']) {
    const response = await fetch(`${url}/assets/packed-3c4d.js`, {
      headers: { 'Accept-Encoding': encoding },
    });
    const sent = response.headers.get('content-encoding') ?? 'identity';
    expect(sent).toBe(encoding === 'br;q=0, gzip' ? 'gzip' : encoding);
    expect(await response.text()).toBe(SCRIPT);
    expect(response.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(response.headers.get('cache-control')).toContain('immutable');
    expect(response.headers.get('vary')).toContain('Accept-Encoding');
  }
});

test('nothing of another origin may come in, and no other page may take ours in', async () => {
  const { headers } = await fetch(`${url}/`);
  expect(headers.get('content-security-policy')).toMatch(
    /default-src 'none';script-src 'self' 'wasm-unsafe-eval';/,
  );
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(headers.get('content-security-policy')).not.toMatch(/'unsafe-(inline|eval)'/);
  expect(headers.get('content-security-policy')).toContain("worker-src 'self'");
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('a range that the page does not have is a problem document', async () => {
  const response = await fetch(`${url}/`, { headers: { Range: 'bytes=5000-' } });
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
});

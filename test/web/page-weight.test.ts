import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pageFolder } from '../../server/page.ts';

/** In bytes, compressed. */
const MAX_PAGE_BYTES = 60 * 1024;

/** ONNX Runtime and full-size samples, which come only when they are wanted. */
const LATER = /^ort[.-]|\.jpg$/;

// The page is the one in dist/web: `npm test` builds it first.
test('the page without the runtime is light, with its pictures and all of its code', async () => {
  const folder = pageFolder();
  const files = (await Promise.all([listFiles(folder), listFiles(join(folder, 'assets'))])).flat();
  const sizes = await Promise.all(files.map(sentBytes));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  expect(files.length).toBeGreaterThan(5);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(MAX_PAGE_BYTES);
});

/** Those of a folder that the page needs at once or soon. */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return names
    .filter((name) => !/\.(br|gz)$/.test(name) && !LATER.test(name))
    .map((name) => join(folder, name));
}

/** As a browser gets it that takes brotli. */
async function sentBytes(file: string): Promise<number> {
  const packed = `${file}.br`;
  return existsSync(packed) ? (await stat(packed)).size : (await readFile(file)).length;
}

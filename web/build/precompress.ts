import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** Pictures are packed already. */
const PACKABLE = /\.(js|mjs|css|html|svg|json|wasm|webmanifest)$/;
/** Beyond this size brotli's last two levels take minutes and gain 3 %. */
const LARGE_BYTES = 2 ** 20;

/**
 * Writes each text and program of the build packed beside it, as `.br` and `.gz`.
 *
 * @param store keeps what was packed, by content: ONNX Runtime takes ten seconds, and stays the same
 */
export const precompress = (folder: string, store: string): Plugin => ({
  name: 'precompress',
  async closeBundle() {
    await mkdir(store, { recursive: true });
    const names = await readdir(folder, { recursive: true });
    const paths = names.filter((name) => PACKABLE.test(name)).map((name) => join(folder, name));
    // Some files hold the same under two names: each content is packed once.
    const packing = new Map<string, Promise<void>>();
    await Promise.all(
      paths.map(async (path) => {
        const content = await readFile(path);
        const stored = join(store, createHash('sha256').update(content).digest('hex'));
        const packed = packing.get(stored) ?? packOnce(content, stored);
        packing.set(stored, packed);
        await packed;
        await Promise.all(['.br', '.gz'].map((ending) => copyFile(stored + ending, path + ending)));
      }),
    );
  },
});

async function packOnce(content: Uint8Array, stored: string): Promise<void> {
  if (!existsSync(`${stored}.br`) || !existsSync(`${stored}.gz`)) await pack(content, stored);
}

async function pack(content: Uint8Array, stored: string): Promise<void> {
  const quality = content.length > LARGE_BYTES ? 9 : 11;
  const [brotli, gzipped] = await Promise.all([
    promisify(brotliCompress)(content, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: quality,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
    promisify(gzip)(content, { level: 9 }),
  ]);
  await Promise.all([writeWhole(`${stored}.br`, brotli), writeWhole(`${stored}.gz`, gzipped)]);
}

/** A build that was ended half-way leaves no half file under the name. */
async function writeWhole(path: string, content: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

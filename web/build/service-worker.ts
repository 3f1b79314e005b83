import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';

const NAME = 'virtual:offline-files';
const ENTRY = fileURLToPath(new URL('../service-worker/service-worker.ts', import.meta.url));

/** Fetched when a visitor asks for them: large, or of no use to the page itself. */
const LAZY = /\.(wasm|jpg)$|^client\//;

/**
 * Builds `service-worker.js` when all else is written: it holds the hash of every file, and so is
 * another one after each change, which is how browsers notice a new version.
 *
 * A build of its own, as one classic script: not all browsers run modules as service workers.
 */
export const serviceWorker = (output: string): Plugin => ({
  name: 'service-worker',
  async writeBundle(_options, bundle) {
    const paths = Object.keys(bundle).sort();
    const files = await Promise.all(
      paths.map(async (path) => {
        const sha256 = hash(await readFile(join(output, path)));
        return { path, sha256, isEager: !LAZY.test(path) };
      }),
    );
    await build({
      configFile: false,
      logLevel: 'warn',
      plugins: [offlineFiles(files)],
      build: {
        outDir: output,
        emptyOutDir: false,
        copyPublicDir: false,
        target: 'es2022',
        rolldownOptions: {
          input: ENTRY,
          output: { format: 'iife', entryFileNames: 'service-worker.js' },
        },
      },
    });
  },
});

const offlineFiles = (files: readonly object[]): Plugin => ({
  name: 'offline-files',
  resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
  load(id) {
    if (id !== `\0${NAME}`) return undefined;
    const list = JSON.stringify(files);
    return `export const BUILD = '${hash(list).slice(0, 16)}';\nexport const FILES = ${list};`;
  },
});

function hash(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

const NAME = 'virtual:runtime-facts';
const { resolve } = createRequire(import.meta.url);

const FILES = {
  WASM: 'onnxruntime-web/ort-wasm-simd-threaded.wasm',
  GPU_WASM: 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm',
} as const;

/** Size and hash of ONNX Runtime's files, so that the page can check what it fetches. */
export const runtimeFacts = (): Plugin => ({
  name: 'runtime-facts',
  resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
  async load(id) {
    if (id !== `\0${NAME}`) return undefined;
    const lines = Object.entries(FILES).map(async ([name, file]) => {
      const content = await readFile(resolve(file));
      const sha256 = createHash('sha256').update(content).digest('hex');
      return `export const ${name} = ${JSON.stringify({ bytes: content.length, sha256 })};`;
    });
    return (await Promise.all(lines)).join('\n');
  },
});

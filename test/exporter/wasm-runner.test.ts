import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createWasmRunner } from '../../exporter/wasm-runner.ts';
import { checkGolden } from '../../models/contract/golden.ts';
import { parseManifest } from '../../models/contract/manifest.ts';

test('the build for browsers reproduces a shipped model', async () => {
  const read = (path: string) =>
    readFile(fileURLToPath(new URL(`../../models/face-detector/1/${path}`, import.meta.url)));
  const manifest = parseManifest(JSON.parse((await read('manifest.json')).toString()));
  const runner = await createWasmRunner(await read('model.onnx'));
  const { outputs } = await checkGolden(runner, manifest, read, 'wasm');
  expect(outputs.map(({ output }) => output)).toEqual(['boxes', 'scores']);
});

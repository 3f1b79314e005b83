import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findRuntimes } from '../../exporter/verify/runtimes.ts';
import { verifyModel } from '../../exporter/verify.ts';

const models = fileURLToPath(new URL('../../models', import.meta.url));
const shipped = readdirSync(models, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'contract')
  .flatMap(({ name }) => readdirSync(join(models, name)).map((version) => join(name, version)));

test('the detector and both generators are shipped', () => {
  const names = new Set(shipped.map((path) => dirname(path)));
  expect(names).toEqual(new Set(['face-detector', 'feminine', 'masculine']));
});

test.each(shipped)('%s is whole, plain ONNX and reproduces tf.js', async (path) => {
  const { present } = await findRuntimes();
  const { manifest } = await verifyModel(join(models, path), present);
  expect(join(manifest.name, String(manifest.version))).toBe(path);
  expect(manifest.opset).toBe(17);
  expect(manifest.parity.length).toBeGreaterThan(0);
  if (manifest.kind === 'generator') expect(manifest.evaluation.length).toBeGreaterThan(0);
});

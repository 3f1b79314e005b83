import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  largestCoordinate,
  measureOffset,
  NO_OFFSET,
} from '../../exporter/detector/point-offset.ts';
import { readManifest } from '../../exporter/model-folder.ts';
import type { DetectorManifest } from '../../models/contract/manifest.ts';
import type { LoadedModel } from '../../models/contract/pipeline.ts';
import { createRunner } from '../../trainer/evaluation/runner.ts';
import { useOwnCache } from '../support/own-cache.ts';

const fairface = fileURLToPath(new URL('../../../shared/datasets/fairface', import.meta.url));
const model = fileURLToPath(new URL('../../models/face-detector/1', import.meta.url));

test('the largest coordinate counts without its sign', () => {
  expect(largestCoordinate({ ...NO_OFFSET, mouth: { x: 0.25, y: -0.75 } })).toBe(0.75);
});

describe.runIf(existsSync(fairface))('the shipped offset, on a few faces of split 1', () => {
  useOwnCache();
  const faces = 16;
  let detector: LoadedModel<DetectorManifest>;

  beforeAll(async () => {
    const manifest = (await readManifest(model)) as DetectorManifest;
    detector = { manifest, runner: await createRunner(await readFile(join(model, 'model.onnx'))) };
  });

  test('brings the points to the template of the data', { timeout: 90_000 }, async () => {
    const raw = { ...detector, manifest: { ...detector.manifest, pointOffset: NO_OFFSET } };
    const before = await measureOffset(raw, fairface, 1, faces);
    const after = await measureOffset(detector, fairface, 1, faces);
    expect(after.found + after.missed).toBe(faces);
    expect(after.found).toBeGreaterThan(0.9 * faces);
    // The mean of 16 faces is uncertain by half a px; the command that measures it takes hundreds.
    expect(largestCoordinate(before.mean)).toBeGreaterThan(3);
    expect(largestCoordinate(after.mean)).toBeLessThan(1.5);
    expect(after.meanDistance).toBeLessThan(before.meanDistance);
  });
});

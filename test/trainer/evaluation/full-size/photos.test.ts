import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { loadDetector } from '../../../../exporter/detector/load.ts';
import type { MakeoverModels } from '../../../../models/contract/pipeline.ts';
import { photoRows } from '../../../../trainer/evaluation/full-size/photo-figures.ts';
import {
  listPhotos,
  parsePhotoLabels,
} from '../../../../trainer/evaluation/full-size/photo-labels.ts';
import { readPhoto } from '../../../../trainer/evaluation/full-size/photos.ts';
import {
  drawContactSheet,
  drawPhotoPair,
} from '../../../../trainer/evaluation/full-size/sheets.ts';
import { stubGenerator } from '../../../support/stub-models.ts';

const COMPOSITES = fileURLToPath(new URL('../../../fixtures/composites', import.meta.url));
const MODELS = fileURLToPath(new URL('../../../../models', import.meta.url));
/** Takes everybody for a man. */
const JURY = {
  judges: [
    {
      name: 'stubborn',
      score: (_levels: Uint8Array, count: number) => Array.from({ length: count }, () => [1]),
    },
  ],
  term: '!Male',
  attributes: ['Male'],
};
const LABELS = parsePhotoLabels('feminine=woman,masculine=man');
const TARGETS = ['feminine', 'masculine'];

let models: (levels: number) => MakeoverModels;
let directory: string;

beforeAll(async () => {
  const detector = await loadDetector(MODELS);
  models = (levels) => ({ detector, generator: stubGenerator(() => levels) });
  directory = await mkdtemp(join(tmpdir(), 'photos-'));
  await cp(COMPOSITES, directory, { recursive: true });
  const empty = sharp({ create: { width: 90, height: 60, channels: 3, background: 'grey' } });
  await empty.png().toFile(join(directory, 'man-nobody.png'));
});

async function measure(levels: number) {
  const photos = await listPhotos(directory, LABELS, TARGETS);
  const pairs: [Buffer, Buffer][] = [];
  const rows = await photoRows(photos, 'feminine', models(levels), JURY, async (madeOver) => {
    pairs.push(await drawPhotoPair(madeOver));
  });
  const value = (figure: string, of = 'full size') =>
    rows.find((row) => row.figure === figure && row.of === of)?.value;
  return { rows, pairs, value };
}

test('the men are made over, the women are the real ones, and a missed face is told', async () => {
  const { rows, pairs, value } = await measure(0);
  expect(value('faces found')).toBeCloseTo(2 / 3, 10);
  expect(value('SSIM')).toBeCloseTo(1, 6);
  expect(value('unchanged')).toBe(1);
  expect(value('seam, worst')).toBe(1);
  expect(value('success', 'real targets')).toBe(0);
  expect(value('accuracy', 'real faces')).toBe(0.5);
  // Of no successes among real targets there is no share.
  expect(rows.map(({ figure }) => figure)).not.toContain('success of real');
  expect(rows.every(({ splits }) => splits === 'photos')).toBe(true);
  const sheet = await sharp(await drawContactSheet(pairs)).metadata();
  expect([sheet.width, sheet.height]).toEqual([6 * 516 - 4, 512]);
});

test('a change is measured at the place where the face was found', async () => {
  const { value } = await measure(30);
  expect(value('mean change in grey levels')).toBeGreaterThan(10);
  expect(value('outside')).toBeLessThan(0.02);
  expect(value('seam, worst')).toBeLessThan(1.2);
});

test('photos of the target alone leave nothing to measure but the instruments', async () => {
  const photos = await listPhotos(directory, LABELS, TARGETS);
  const women = photos.filter(({ target }) => target === 'feminine');
  const rows = await photoRows(women, 'feminine', models(0), JURY, async () => undefined);
  expect(rows.map(({ figure }) => figure)).toEqual(['accuracy', 'success']);
});

test('a file that is no picture is named', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'photos-')), 'man-1.jpg');
  await writeFile(path, 'not a picture');
  await expect(readPhoto(path)).rejects.toThrow(
    /man-1.jpg cannot be decoded .*: mend or remove it/s,
  );
});

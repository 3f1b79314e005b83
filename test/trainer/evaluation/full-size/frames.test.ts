import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ModelRunner } from '../../../../models/contract/tensor.ts';
import { readCelebaFolder } from '../../../../trainer/data/celeba.ts';
import type { CropStore } from '../../../../trainer/data/crop-file.ts';
import { loadCrops } from '../../../../trainer/data/crops.ts';
import {
  ENLARGEMENT,
  enlargeFrame,
  makeOverFrames,
  recropFrames,
} from '../../../../trainer/evaluation/full-size/frames.ts';
import { drawFaceSheet } from '../../../../trainer/evaluation/full-size/sheets.ts';
import { seamRows } from '../../../../trainer/evaluation/measures/seam.ts';
import { useOwnCache } from '../../../support/own-cache.ts';
import { stubGenerator } from '../../../support/stub-models.ts';
import { drawCelebaFolder, EVALUATION_CROP } from '../../../support/tiny-run.ts';

const runnerAdding = (levels: number): ModelRunner =>
  stubGenerator(() => levels, EVALUATION_CROP).runner;

test('seams are told by mean, 95th percentile and worst, which were measured', () => {
  const seams = Array.from({ length: 20 }, (_, i) => 20 - i);
  const subject = { of: 'full size', faces: { files: ['a'], levels: new Uint8Array(3) } };
  const rows = seamRows({ split: 2 }, subject, seams);
  expect(rows.map(({ figure, value }) => [figure, value])).toEqual([
    ['seam, mean', 10.5],
    ['seam, 95th percentile', 19],
    ['seam, worst', 20],
  ]);
  expect(seamRows({ split: 2 }, subject, [])).toEqual([]);
});

describe('frames', () => {
  useOwnCache();
  let store: CropStore;
  let files: string[];

  beforeAll(async () => {
    const folder = await readCelebaFolder(await drawCelebaFolder([4], EVALUATION_CROP));
    store = await loadCrops(folder, folder.faces, EVALUATION_CROP, 6);
    files = folder.faces.map(({ file }) => file);
  });

  test('are enlarged with their crop where they say', async () => {
    const { photo, photoToCrop } = await enlargeFrame(store, files[0] as string);
    expect([photo.width, photo.height]).toEqual([52 * ENLARGEMENT, 52 * ENLARGEMENT]);
    expect(photo.data).toHaveLength(photo.width * photo.height * 3);
    expect(photoToCrop).toEqual({ a: 0.25, b: 0, tx: -6, ty: -6 });
  });

  test('a model that changes nothing leaves them exactly as they are, without a seam', async () => {
    const before = await recropFrames(store, files);
    const { faces, seams } = await makeOverFrames(store, files, runnerAdding(0));
    expect(faces.files).toEqual(files);
    expect(Buffer.compare(faces.levels, before.levels)).toBe(0);
    expect(seams).toEqual([1, 1, 1, 1]);
  });

  test('a change reaches the re-cropped face but not its corners', async () => {
    const before = await recropFrames(store, files);
    const { faces, seams } = await makeOverFrames(store, files, runnerAdding(-40));
    const bytes = 40 * 40 * 3;
    for (const i of files.keys()) {
      const centre = i * bytes + 3 * (18 * 40 + 20);
      expect(faces.levels[centre]).toBe((before.levels[centre] as number) - 40);
      const corner = (levels: Uint8Array) => [...levels.subarray(i * bytes, i * bytes + 3)];
      expect(corner(faces.levels)).toEqual(corner(before.levels));
    }
    expect(Math.max(...seams)).toBeLessThan(2);
  });

  test('the sheet has three rows of 80x80 px faces', async () => {
    const sheet = await sharp(await drawFaceSheet(store, files, runnerAdding(0))).metadata();
    expect([sheet.format, sheet.width, sheet.height]).toEqual(['png', 4 * 84 - 4, 3 * 84 - 4]);
  });
});

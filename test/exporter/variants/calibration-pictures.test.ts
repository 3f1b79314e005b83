import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  CALIBRATION_PICTURES,
  readCalibrationCrops,
  readCalibrationPictures,
} from '../../../exporter/variants/calibration-pictures.ts';
import { CELEBA_CROP } from '../../../models/contract/crop.ts';
import { useOwnCache } from '../../support/own-cache.ts';
import { drawCelebaFolder, TINY_CROP } from '../../support/tiny-run.ts';

async function draw(path: string, width: number, height: number, red: number): Promise<void> {
  const background = { r: red, g: 20, b: 30 };
  await sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toFile(path);
}

describe('pictures to calibrate on', () => {
  useOwnCache();
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dm-calibrate-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test('are scaled to the input of any model, in the order of their names', async () => {
    await draw(join(folder, 'b.png'), 30, 20, 200);
    await draw(join(folder, 'a.png'), 7, 9, 100);
    await writeFile(join(folder, 'notes.txt'), 'no picture');
    const tensors = await readCalibrationPictures(folder, { height: 6, width: 4 });
    expect(tensors.map(({ dims }) => dims)).toEqual(Array(2).fill([1, 6, 4, 3]));
    expect(tensors.map(({ data }) => Array.from(data.subarray(0, 3)))).toEqual([
      [100, 20, 30],
      [200, 20, 30],
    ]);
  });

  test('are spread over a folder that has more than enough', async () => {
    const count = 2 * CALIBRATION_PICTURES;
    await Promise.all(
      Array.from({ length: count }, (_, i) =>
        draw(join(folder, `${String(i).padStart(3, '0')}.png`), 2, 2, i),
      ),
    );
    const tensors = await readCalibrationPictures(folder, { height: 2, width: 2 });
    expect(tensors.map(({ data }) => data[0])).toEqual(
      Array.from({ length: CALIBRATION_PICTURES }, (_, i) => 2 * i),
    );
  });

  test('are crops or frames for a generator', async () => {
    const { frame, width, height } = CELEBA_CROP;
    await draw(join(folder, 'crop.png'), width, height, 50);
    await draw(join(folder, 'frame.png'), frame.width, frame.height, 60);
    const tensors = await readCalibrationCrops(folder, CELEBA_CROP);
    expect(tensors.map(({ dims }) => dims)).toEqual(Array(2).fill([1, height, width, 3]));
    await draw(join(folder, 'photo.png'), 640, 480, 70);
    await expect(readCalibrationCrops(folder, CELEBA_CROP)).rejects.toThrow(
      /photo\.png is 640x480 px, expected a crop of 80x100/,
    );
  });

  test('are faces of split 0 of a data set', async () => {
    const data = await drawCelebaFolder([5, 3, 3], TINY_CROP);
    const tensors = await readCalibrationCrops(data, TINY_CROP);
    const { height, width } = TINY_CROP;
    expect(tensors.map(({ dims }) => dims)).toEqual(Array(5).fill([1, height, width, 3]));
    await rm(data, { recursive: true });
  });

  test('must be there, and whole', async () => {
    await mkdir(join(folder, 'empty'));
    await expect(readCalibrationCrops(join(folder, 'empty'), CELEBA_CROP)).rejects.toThrow(
      /has no pictures to calibrate on/,
    );
    await writeFile(join(folder, 'broken.jpg'), 'no JPEG');
    await expect(readCalibrationPictures(folder, { height: 2, width: 2 })).rejects.toThrow(
      /broken\.jpg cannot be read as a picture/,
    );
  });
});

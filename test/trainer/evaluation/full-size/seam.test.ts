import { expect, test } from 'vitest';
import { CELEBA_CROP } from '../../../../models/contract/crop.ts';
import { maskAt } from '../../../../models/contract/mask.ts';
import type { Raster } from '../../../../models/contract/raster.ts';
import { seamRatio } from '../../../../trainer/evaluation/full-size/seam.ts';

/** A face of twice the crop's size, 20 px into the photo. */
const PLACE = { a: 0.5, b: 0, tx: -10, ty: -10 };

function paint(levelAt: (x: number, y: number, mask: number) => number): Raster {
  const [width, height] = [200, 240];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [cropX, cropY] = [0.5 * (x + 0.5) - 10, 0.5 * (y + 0.5) - 10];
      const mask = maskAt(CELEBA_CROP, cropX, cropY);
      data.fill(levelAt(x, y, mask), 3 * (y * width + x), 3 * (y * width + x) + 3);
    }
  }
  return { width, height, channels: 3, data };
}

const flat = paint(() => 100);

test('an unchanged photo has no seam, whatever it shows', () => {
  const busy = paint((x, y) => (37 * x + 91 * y) % 256);
  expect(seamRatio(busy, busy, PLACE, CELEBA_CROP)).toBe(1);
});

test('a step along the ring is its height over the 2 px that it is measured across, plus 1', () => {
  const step = paint((_x, _y, mask) => (mask > 1 / 255 ? 110 : 100));
  expect(seamRatio(flat, step, PLACE, CELEBA_CROP)).toBeCloseTo((10 / 2 + 1) / 1, 10);
});

test('the gradient that the photo has itself counts in its favour', () => {
  const edge = paint((_x, _y, mask) => (mask > 1 / 255 ? 108 : 100));
  const doubled = paint((_x, _y, mask) => (mask > 1 / 255 ? 116 : 100));
  expect(seamRatio(edge, doubled, PLACE, CELEBA_CROP)).toBeCloseTo((8 + 1) / (4 + 1), 10);
});

test('a change inside the face that ends before the ring is no seam', () => {
  const inner = paint((_x, _y, mask) => (mask > 0.5 ? 200 : 100));
  expect(seamRatio(flat, inner, PLACE, CELEBA_CROP)).toBe(1);
});

test('a slope is measured in levels per px, on the ring alone', () => {
  const slope = paint((x) => x);
  // On a vertical stretch of the ring the slope lies across it, on a horizontal one along it.
  const ratio = seamRatio(flat, slope, PLACE, CELEBA_CROP) ?? 0;
  expect(ratio).toBeGreaterThan(1.3);
  expect(ratio).toBeLessThan(2);
});

test('a face whose ring lies outside the photo has no seam to measure', () => {
  const close = { a: 0.05, b: 0, tx: 36, ty: 40 };
  const small: Raster = { width: 20, height: 20, channels: 3, data: new Uint8Array(1200) };
  expect(seamRatio(small, small, close, CELEBA_CROP)).toBeUndefined();
});

import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { detectFaces } from '../../models/contract/detector.ts';
import type { Face } from '../../models/contract/face.ts';
import { measureQuality } from '../../models/contract/quality.ts';
import type { Raster } from '../../models/contract/raster.ts';
import { warp } from '../../models/contract/resample.ts';
import { readComposite } from '../support/composites.ts';
import { readRaster } from '../support/raster.ts';
import { loadShippedDetector } from '../support/shipped-detector.ts';

let portrait: Raster;
let face: Face;

beforeAll(async () => {
  portrait = await readRaster(readComposite());
  const [found] = await detectFaces(portrait, await loadShippedDetector(), 1);
  if (found === undefined) throw new Error('no face');
  face = found;
});

const qualityOf = (raster: Raster, seen = face) => measureQuality({ raster }, seen);

/** The same face `factor` times as large, shifted by (x, y) px. */
function move(factor: number, x = 0, y = 0): Face {
  const points = Object.fromEntries(
    Object.entries(face.points).map(([name, point]) => [
      name,
      { x: factor * point.x + x, y: factor * point.y + y },
    ]),
  );
  return { ...face, points: points as unknown as Face['points'] };
}

test('a portrait from the front has nothing against it', () => {
  const { reasons, turn, visibleShare } = qualityOf(portrait);
  expect(reasons).toEqual([]);
  expect(turn).toBeLessThan(0.1);
  expect(visibleShare).toBe(1);
});

test('a face of less than 32 px between the eyes is too small, and not blurred for that', () => {
  const eyes = qualityOf(portrait).eyeDistancePx;
  for (const [px, reasons] of [
    [33, []],
    [30, ['TOO_SMALL']],
  ] as const) {
    const factor = px / eyes;
    const { width, height } = portrait;
    const view = { a: factor, b: 0, tx: 0, ty: 0 };
    const small = warp(portrait, view, Math.round(factor * width), Math.round(factor * height));
    const quality = qualityOf(small, move(factor));
    expect(quality.eyeDistancePx).toBeCloseTo(px, 5);
    expect(quality.reasons).toEqual(reasons);
  }
});

test('a nose far from the middle tells of a head that is turned away', () => {
  const { leftEye, rightEye, nose } = face.points;
  const turned = {
    ...face.points,
    nose: { ...nose, x: leftEye.x + 0.05 * (rightEye.x - leftEye.x) },
  };
  const { reasons, turn } = qualityOf(portrait, { ...face, points: turned });
  expect(reasons).toEqual(['TURNED_AWAY']);
  expect(turn).toBeCloseTo(0.45, 1);
});

test('a blurred face is told from a sharp one, whatever its light', async () => {
  const sharpness = qualityOf(portrait).sharpness;
  // 2 px of the generator's crop.
  const sigma = (2 * qualityOf(portrait).eyeDistancePx) / 39.6;
  const blurred = await readRaster(await sharp(readComposite()).blur(sigma).png().toBuffer());
  expect(qualityOf(blurred).reasons).toEqual(['BLURRED']);
  expect(qualityOf(blurred).sharpness).toBeLessThan(0.7 * sharpness);
  const dark = { ...portrait, data: portrait.data.map((level) => Math.round(level / 2)) };
  expect(qualityOf(dark).reasons).toEqual([]);
});

test('a face that reaches out of the photo is cut off', () => {
  const { x, width } = face.box;
  const left = Math.round(x + 0.4 * width);
  const view = { a: 1, b: 0, tx: -left, ty: 0 };
  const cut = warp(portrait, view, portrait.width - left, portrait.height);
  const quality = qualityOf(cut, move(1, -left));
  expect(quality.reasons).toContain('CUT_OFF');
  expect(quality.visibleShare).toBeLessThan(0.85);
  expect(quality.visibleShare).toBeGreaterThan(0.3);
});

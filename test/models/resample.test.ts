import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Similarity } from '../../models/contract/geometry.ts';
import { createRaster, type Raster } from '../../models/contract/raster.ts';
import { warp } from '../../models/contract/resample.ts';

function paint(
  width: number,
  height: number,
  levelAt: (x: number, y: number, c: number) => number,
  channels: 3 | 4 = 3,
): Raster {
  const raster = createRaster(width, height, channels);
  raster.data.forEach((_, i) => {
    const pixel = Math.floor(i / channels);
    raster.data[i] = levelAt(pixel % width, Math.floor(pixel / width), i % channels);
  });
  return raster;
}

const anySimilarity: fc.Arbitrary<Similarity> = fc
  .record({
    scale: fc.double({ min: 0.02, max: 8, noNaN: true }),
    angle: fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }),
    tx: fc.double({ min: -300, max: 300, noNaN: true }),
    ty: fc.double({ min: -300, max: 300, noNaN: true }),
  })
  .map(({ scale, angle, tx, ty }) => ({
    a: scale * Math.cos(angle),
    b: scale * Math.sin(angle),
    tx,
    ty,
  }));

describe('warp', () => {
  test('a photo of one colour stays of that colour, however it is seen', () => {
    fc.assert(
      fc.property(
        anySimilarity,
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 70 }),
        fc.constantFrom(3 as const, 4 as const),
        (similarity, width, height, channels) => {
          const photo = paint(
            width,
            height,
            (_x, _y, c) => [200, 17, 90, 3][c] as number,
            channels,
          );
          const { data } = warp(photo, similarity, 9, 7);
          expect(data).toEqual(paint(9, 7, (_x, _y, c) => [200, 17, 90][c] as number).data);
        },
      ),
    );
  });

  // A turned tent leaves up to a tenth of the finest pattern's contrast at half size.
  test.each([
    { scale: 0.5, angles: [0] },
    { scale: 0.3, angles: [0, 0.4, 1.1] },
    { scale: 0.21, angles: [0, 0.4, 1.1] },
    { scale: 0.09, angles: [0, 0.4, 1.1] },
  ])('a fine checkerboard becomes even grey at $scale of its size', ({ scale, angles }) => {
    const board = paint(301, 299, (x, y) => ((x + y) % 2) * 200);
    for (const angle of angles) {
      const a = scale * Math.cos(angle);
      const b = scale * Math.sin(angle);
      const view = { a, b, tx: 12 - a * 150 + b * 150, ty: 12 - b * 150 - a * 150 };
      const { data } = warp(board, view, 24, 24);
      expect(Math.max(...data.map((level) => Math.abs(level - 100)))).toBeLessThanOrEqual(2);
    }
  });

  test('whole shifts copy pixels, and the edge repeats beyond the photo', () => {
    const photo = paint(20, 10, (x, y, c) => 10 * x + 3 * y + c);
    const out = warp(photo, { a: 1, b: 0, tx: 2, ty: -3 }, 24, 10);
    const clamp = (value: number, max: number): number => Math.max(0, Math.min(max, value));
    expect(out).toEqual(
      paint(24, 10, (x, y, c) => 10 * clamp(x - 2, 19) + 3 * clamp(y + 3, 9) + c),
    );
  });

  test('a quarter turn turns', () => {
    const photo = paint(8, 6, (x, y) => 20 * x + 3 * y);
    // (x, y) goes to (6 - y, x).
    const out = warp(photo, { a: 0, b: 1, tx: 6, ty: 0 }, 6, 8);
    expect(out).toEqual(paint(6, 8, (x, y) => 20 * y + 3 * (5 - x)));
  });

  test('a ramp stays in place when it shrinks', () => {
    const photo = paint(800, 800, (x, y, c) => (c === 0 ? x : y) * 0.25);
    const scale = 0.083;
    const { data } = warp(photo, { a: scale, b: 0, tx: -4, ty: -6 }, 50, 50);
    for (let y = 0; y < 50; y += 7) {
      for (let x = 0; x < 50; x += 7) {
        const i = (y * 50 + x) * 3;
        expect(Math.abs((data[i] as number) - ((x + 4.5) / scale) * 0.25)).toBeLessThan(1.2);
        expect(Math.abs((data[i + 1] as number) - ((y + 6.5) / scale) * 0.25)).toBeLessThan(1.2);
      }
    }
  });
});

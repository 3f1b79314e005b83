import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applySimilarity, scaleOf } from '../../models/contract/geometry.ts';
import { tileLevels, turnPhoto, wholeView } from '../../models/contract/views.ts';

const SIZE = 256;
const side = (min: number) => fc.integer({ min, max: 9000 });

test('the view of the whole photo holds all of it, in its middle', () => {
  expect(wholeView({ width: 512, height: 256 }, SIZE)).toEqual({ a: 0.5, b: 0, tx: 0, ty: 64 });
  expect(wholeView({ width: 100, height: 256 }, SIZE)).toEqual({ a: 1, b: 0, tx: 78, ty: 0 });
});

describe('tiles', () => {
  test('a photo of one megapixel needs none', () => {
    expect(tileLevels({ width: 1000, height: 1000 }, SIZE)).toEqual([]);
    expect(tileLevels({ width: 1225, height: 816 }, SIZE)).toEqual([]);
  });

  test('twelve megapixels are searched on two levels, the coarser first', () => {
    const levels = tileLevels({ width: 4000, height: 3000 }, SIZE);
    expect(levels.map(({ views }) => views.length)).toEqual([2, 20]);
  });

  test('a face that a level is for lies wholly in one of its tiles', () => {
    fc.assert(
      fc.property(
        side(1400),
        side(1400),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (width, height, u, v) => {
          for (const { views, maxFacePx } of tileLevels({ width, height }, SIZE)) {
            const face = { x: u * (width - maxFacePx), y: v * (height - maxFacePx) };
            const holds = views.some((view) => {
              const { x, y } = applySimilarity(view, face);
              const end = SIZE - scaleOf(view) * maxFacePx;
              return Math.min(x, y) >= -1e-6 && Math.max(x, y) <= end + 1e-6;
            });
            expect(holds).toBe(true);
          }
        },
      ),
    );
  });

  test('faces from 32 px between the eyes have 6 px at least in some view, at any size', () => {
    fc.assert(
      fc.property(side(1), side(1), (width, height) => {
        const whole = wholeView({ width, height }, SIZE);
        const tiles = tileLevels({ width, height }, SIZE).flatMap(({ views }) => views);
        expect(32 * Math.max(...[whole, ...tiles].map(scaleOf))).toBeGreaterThan(6);
      }),
    );
  });
});

test.each([
  [0, { x: 10, y: 20 }],
  [1, { x: 280, y: 10 }],
  [2, { x: 390, y: 280 }],
  [3, { x: 20, y: 390 }],
] as const)('turned by %i quarters clockwise', (quarters, expected) => {
  const { turned, toTurned } = turnPhoto({ width: 400, height: 300 }, quarters);
  expect(applySimilarity(toTurned, { x: 10, y: 20 })).toEqual(expected);
  expect(turned.width).toBe(quarters % 2 === 0 ? 400 : 300);
});

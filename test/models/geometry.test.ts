import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applySimilarity,
  fitSimilarity,
  invertSimilarity,
  type Point,
  type Similarity,
  scaleOf,
} from '../../models/contract/geometry.ts';

const coordinate = fc.double({ min: -4000, max: 4000, noNaN: true });
const anyPoint = fc.record({ x: coordinate, y: coordinate });
const anySimilarity: fc.Arbitrary<Similarity> = fc
  .record({
    scale: fc.double({ min: 0.01, max: 20, noNaN: true }),
    angle: fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }),
    shift: anyPoint,
  })
  .map(({ scale, angle, shift }) => ({
    a: scale * Math.cos(angle),
    b: scale * Math.sin(angle),
    tx: shift.x,
    ty: shift.y,
  }));

function expectClose(found: Point, expected: Point, tolerance: number): void {
  expect(Math.hypot(found.x - expected.x, found.y - expected.y)).toBeLessThan(tolerance);
}

describe('similarities', () => {
  test('an inverse undoes its similarity', () => {
    fc.assert(
      fc.property(anySimilarity, anyPoint, (similarity, point) => {
        const there = applySimilarity(similarity, point);
        expectClose(applySimilarity(invertSimilarity(similarity), there), point, 1e-5);
      }),
    );
  });

  test('a fit recovers the similarity that moved the points', () => {
    const triangle = fc
      .tuple(anyPoint, anyPoint, anyPoint)
      .filter(([a, b]) => Math.hypot(a.x - b.x, a.y - b.y) > 1);
    fc.assert(
      fc.property(anySimilarity, triangle, (similarity, points) => {
        const moved = points.map((point) => applySimilarity(similarity, point));
        const fitted = fitSimilarity(points, moved);
        expect(scaleOf(fitted)).toBeCloseTo(scaleOf(similarity), 6);
        points.forEach((point, i) => {
          expectClose(applySimilarity(fitted, point), moved[i] as Point, 1e-4);
        });
      }),
    );
  });

  test('a fit has the least squared distance', () => {
    const from = [
      { x: 0, y: 0 },
      { x: 10, y: 1 },
      { x: 4, y: 12 },
    ];
    const to = [
      { x: 5, y: 6 },
      { x: 30, y: 2 },
      { x: 11, y: 33 },
    ];
    const error = (similarity: Similarity): number =>
      from.reduce((sum, point, i) => {
        const { x, y } = applySimilarity(similarity, point);
        const target = to[i] as Point;
        return sum + (x - target.x) ** 2 + (y - target.y) ** 2;
      }, 0);
    const best = fitSimilarity(from, to);
    for (const name of ['a', 'b', 'tx', 'ty'] as const) {
      for (const step of [-1e-3, 1e-3]) {
        expect(error({ ...best, [name]: best[name] + step })).toBeGreaterThan(error(best));
      }
    }
  });

  test('points that coincide and lists that differ are refused', () => {
    const point = { x: 3, y: 4 };
    expect(() => fitSimilarity([point, point], [point, { x: 0, y: 0 }])).toThrow(/only equal ones/);
    expect(() => fitSimilarity([point], [])).toThrow(/got 1 points for 0/);
    expect(() => invertSimilarity({ a: 0, b: 0, tx: 1, ty: 1 })).toThrow(/scale 0/);
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_ZOOM, panBy, WHOLE_PHOTO, zoomAt } from '../../../web/elements/zoom-view.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });

test('the frame is full, however one zooms and moves', () => {
  const factor = fc.double({ min: 0.1, max: 10, noNaN: true });
  const step = fc.tuple(factor, share, share, share, share);
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let view = WHOLE_PHOTO;
      for (const [by, x, y, right, down] of steps) {
        view = panBy(zoomAt(view, by, x, y), right - 0.5, down - 0.5);
        expect(view.zoom).toBeGreaterThanOrEqual(1);
        expect(view.zoom).toBeLessThanOrEqual(MAX_ZOOM);
        for (const corner of [view.x, view.y]) {
          expect(corner).toBeLessThanOrEqual(0);
          expect(corner + view.zoom).toBeGreaterThanOrEqual(1 - 1e-9);
        }
      }
    }),
  );
});

test('the place that is zoomed at stays where it is', () => {
  fc.assert(
    fc.property(share, share, (x, y) => {
      const first = zoomAt(WHOLE_PHOTO, 2, 0.5, 0.5);
      const second = zoomAt(first, 1.5, x, y);
      expect((x - second.x) / second.zoom).toBeCloseTo((x - first.x) / first.zoom, 9);
      expect((y - second.y) / second.zoom).toBeCloseTo((y - first.y) / first.zoom, 9);
    }),
  );
});

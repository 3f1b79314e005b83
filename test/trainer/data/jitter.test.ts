import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CropStore } from '../../../trainer/data/crop-file.ts';
import { copyJittered, jitterMargin, randomPlacement } from '../../../trainer/data/jitter.ts';
import { Random } from '../../../trainer/random.ts';
import { TINY_CROP } from '../../support/tiny-run.ts';

const JITTER = { shift: 3, warped: 1, turn: 8, scale: 0.06 };
const MARGIN = jitterMargin(JITTER, TINY_CROP);
const WIDTH = TINY_CROP.width + 2 * MARGIN;
const HEIGHT = TINY_CROP.height + 2 * MARGIN;

/** A store of one face whose red and green are linear in its column and row. */
function rampStore(): CropStore {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) data.set([4 * x, 4 * y, 9], (y * WIDTH + x) * 3);
  }
  return { crop: TINY_CROP, margin: MARGIN, index: new Map([['face', 0]]), read: () => data };
}

test('the margin holds every corner of every placement, so that no edge is repeated', () => {
  const store = rampStore();
  const bytes = TINY_CROP.width * TINY_CROP.height * 3;
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const placement = randomPlacement(JITTER, new Random(seed));
      const { right, down, mirrored, warp } = placement;
      const { a, b } = warp ?? { a: 1, b: 0 };
      const out = new Uint8Array(bytes);
      copyJittered(store, 'face', placement, out, 0);
      for (const column of [0, TINY_CROP.width - 1]) {
        for (const row of [0, TINY_CROP.height - 1]) {
          const u = (mirrored ? -1 : 1) * (column - (TINY_CROP.width - 1) / 2);
          const v = row - (TINY_CROP.height - 1) / 2;
          const x = a * u - b * v + (WIDTH - 1) / 2 + right;
          const y = b * u + a * v + (HEIGHT - 1) / 2 + down;
          const at = (row * TINY_CROP.width + column) * 3;
          expect(Math.abs((out[at] as number) - 4 * x)).toBeLessThanOrEqual(0.51);
          expect(Math.abs((out[at + 1] as number) - 4 * y)).toBeLessThanOrEqual(0.51);
          expect(out[at + 2]).toBe(9);
        }
      }
    }),
  );
});

test('the share of warped faces is kept', () => {
  const random = new Random(1);
  const placements = Array.from({ length: 1000 }, () =>
    randomPlacement({ ...JITTER, warped: 0.25 }, random),
  );
  const warped = placements.filter(({ warp }) => warp !== undefined).length;
  expect(warped).toBeGreaterThan(200);
  expect(warped).toBeLessThan(300);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TensorMap } from '../../../models/contract/tensor.ts';
import { countRows, joinRows, shapeKey, sliceRows } from '../../../server/device/tensor-batch.ts';

function feedsOf(levels: readonly number[]): TensorMap {
  const rows = levels.length;
  return {
    image: {
      type: 'uint8',
      dims: [rows, 2, 1],
      data: Uint8Array.from(levels.flatMap((v) => [v, v])),
    },
    strength: { type: 'float32', dims: [rows], data: Float32Array.from(levels, (v) => v / 2) },
  };
}

test('joining rows and slicing them again gives every request its own, padding or not', () => {
  const request = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(
      fc.array(request, { minLength: 1, maxLength: 5 }),
      fc.nat(8),
      (requests, padding) => {
        const parts = requests.map((levels) => ({
          feeds: feedsOf(levels),
          start: 0,
          count: levels.length,
        }));
        const rows = requests.flat().length;
        const batch = joinRows(parts, rows + padding);
        expect(batch['image']?.dims).toEqual([rows + padding, 2, 1]);
        let row = 0;
        for (const levels of requests) {
          expect(sliceRows(batch, row, levels.length)).toEqual(feedsOf(levels));
          row += levels.length;
        }
        expect(sliceRows(batch, rows, padding)).toEqual(feedsOf(Array<number>(padding).fill(0)));
      },
    ),
  );
});

test('requests share a batch when all but the first dim is the same', () => {
  expect(shapeKey(feedsOf([1]))).toBe(shapeKey(feedsOf([1, 2, 3])));
  const { image, strength } = feedsOf([1, 2]);
  if (image === undefined || strength === undefined) throw new Error('no feeds');
  expect(shapeKey({ image })).not.toBe(shapeKey({ image, strength }));
  expect(shapeKey({ image: { ...image, dims: [2, 1, 2] } })).not.toBe(shapeKey({ image }));
});

test('feeds of different lengths are refused', () => {
  expect(countRows(feedsOf([1, 2]))).toBe(2);
  expect(() =>
    countRows({ ...feedsOf([1, 2]), more: { type: 'uint8', dims: [1], data: new Uint8Array(1) } }),
  ).toThrow(/same first dim/);
});

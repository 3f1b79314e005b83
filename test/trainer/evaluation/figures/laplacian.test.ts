import { expect, test } from 'vitest';
import { laplacianPyramid } from '../../../../trainer/evaluation/figures/laplacian.ts';
import { pyramidPatches } from '../../../../trainer/evaluation/figures/patches.ts';

const SIZE = { width: 16, height: 12 };

function draw(value: (x: number, y: number, channel: number) => number): Uint8Array {
  return Uint8Array.from({ length: SIZE.width * SIZE.height * 3 }, (_, i) =>
    value(Math.floor(i / 3) % SIZE.width, Math.floor(i / 3 / SIZE.width), i % 3),
  );
}

test('a plain face has no detail, and its colour in the coarsest level', () => {
  const plain = draw((_x, _y, channel) => 50 + 40 * channel);
  const [fine, middle, coarse] = laplacianPyramid(plain, SIZE, 3);
  expect(fine?.data).toHaveLength(16 * 12 * 3);
  expect(middle?.data).toHaveLength(8 * 6 * 3);
  for (const level of [fine, middle]) {
    for (const value of level?.data ?? []) expect(value).toBeCloseTo(0, 4);
  }
  expect(coarse).toMatchObject({ width: 4, height: 3 });
  expect([...(coarse?.data.subarray(0, 3) ?? [])]).toEqual([50, 90, 130]);
});

test('stripes of one pixel are all in the finest level', () => {
  const [fine, coarse] = laplacianPyramid(
    draw((x) => (x % 2 === 0 ? 0 : 200)),
    SIZE,
    2,
  );
  // Inside, the blur of the stripes is 100 everywhere.
  const at = (x: number): number => fine?.data[(5 * SIZE.width + x) * 3] as number;
  expect([at(6), at(7), at(8), at(9)]).toEqual([-100, 100, -100, 100]);
  expect(coarse?.data[(2 * 8 + 4) * 3]).toBe(100);
});

test('a slope is smooth: nothing of it inside the finest level', () => {
  const [fine] = laplacianPyramid(
    draw((x) => 10 * x),
    SIZE,
    2,
  );
  for (let x = 4; x < SIZE.width - 4; x++) {
    expect(fine?.data[(6 * SIZE.width + x) * 3]).toBeCloseTo(0, 4);
  }
});

test('takes the same places of every set, from as many levels as hold a patch', () => {
  const size = { width: 32, height: 28 };
  const ramp = Uint8Array.from({ length: 2 * 32 * 28 * 3 }, (_, i) => (i * 7) % 251);
  const sets = pyramidPatches(ramp, size, 5);
  expect(sets.map(({ count, size: length }) => [count, length])).toEqual([
    [10, 147],
    [10, 147],
    [10, 147],
  ]);
  expect(pyramidPatches(ramp, size, 5)).toEqual(sets);
  expect(
    pyramidPatches(
      draw(() => 9),
      SIZE,
      5,
    ),
  ).toHaveLength(1);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  areaUnderCurve,
  cosines,
  projectOut,
  retrievalRate,
  splitDiagonal,
} from '../../../../trainer/evaluation/figures/likeness.ts';
import { rowsOf } from '../../../support/features.ts';

test('removes the direction and keeps unit length', () => {
  const rest = projectOut(
    rowsOf([
      [3, 4, 12],
      [5, 0, 0],
    ]),
    Float64Array.of(0, 0, 7),
  );
  [0.6, 0.8, 0, 1, 0, 0].forEach((value, i) => expect(rest.data[i]).toBeCloseTo(value, 6));
});

test('a row along the direction has nothing left', () => {
  expect([...projectOut(rowsOf([[0, 2]]), Float64Array.of(0, 1)).data]).toEqual([0, 0]);
});

test('cosines of every pair', () => {
  const matrix = cosines(
    rowsOf([
      [1, 0],
      [0.6, 0.8],
    ]),
    rowsOf([
      [1, 0],
      [0, 1],
    ]),
  );
  [1, 0, 0.6, 0.8].forEach((value, i) => expect(matrix[i]).toBeCloseTo(value, 6));
});

test('splits a matrix into its diagonal and the rest', () => {
  const { same, different } = splitDiagonal(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), 3);
  expect([...same]).toEqual([1, 5, 9]);
  expect([...different]).toEqual([2, 3, 4, 6, 7, 8]);
});

test('retrieval counts rows whose own column is the largest, ties not', () => {
  expect(retrievalRate(Float64Array.of(9, 1, 2, 3, 3, 0, 5, 4, 8), 3)).toBeCloseTo(2 / 3);
});

test('the area is the share of pairs in order, ties half', () => {
  // Against 1, 2 and 4: 3 is above two of them, 4 above two and level with one.
  expect(areaUnderCurve(Float64Array.of(3, 4), Float64Array.of(4, 1, 2))).toBeCloseTo(4.5 / 6);
  expect(areaUnderCurve(Float64Array.of(5), Float64Array.of(1, 2))).toBe(1);
  expect(areaUnderCurve(Float64Array.of(0), Float64Array.of(1, 2))).toBe(0);
});

test('exchanging the two sets mirrors the area', () => {
  const values = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(values, values, (a, b) => {
      const [x, y] = [Float64Array.from(a), Float64Array.from(b)];
      expect(areaUnderCurve(x, y) + areaUnderCurve(y, x)).toBeCloseTo(1, 9);
    }),
  );
});

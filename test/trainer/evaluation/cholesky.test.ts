import { expect, test } from 'vitest';
import {
  factorise,
  solveLower,
  solveLowerTransposed,
} from '../../../trainer/evaluation/cholesky.ts';

// L = [[2, 0, 0], [6, 1, 0], [-8, 5, 3]], a textbook example.
const A = [
  [4, 12, -16],
  [12, 37, -43],
  [-16, -43, 98],
];

test('factorises a known matrix', () => {
  expect(factorise(A).map((row) => [...row])).toEqual([
    [2, 0, 0],
    [6, 1, 0],
    [-8, 5, 3],
  ]);
});

test('both solutions together solve A x = b', () => {
  const lower = factorise(A);
  // A times (1, 2, 3).
  const x = Float64Array.of(-20, -43, 192);
  solveLower(lower, x);
  solveLowerTransposed(lower, x);
  [1, 2, 3].forEach((value, i) => expect(x[i]).toBeCloseTo(value, 9));
});

test('refuses a matrix that is not positive definite', () => {
  expect(() =>
    factorise([
      [1, 2],
      [2, 1],
    ]),
  ).toThrow(/positive definite/);
});

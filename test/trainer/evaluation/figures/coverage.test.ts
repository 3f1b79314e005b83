import { expect, test } from 'vitest';
import { coverage } from '../../../../trainer/evaluation/figures/coverage.ts';
import { Random } from '../../../../trainer/random.ts';
import { normalRows, rowsOf } from '../../../support/features.ts';

/** On a line at 0, 1, 2, 3 and 10: the third neighbours are 3, 2, 2, 3 and 9 away. */
const LINE = rowsOf([[0], [1], [2], [3], [10]]);

test('points count inside the balls that reach to the third neighbour', () => {
  expect(coverage(rowsOf([[0.5], [-3], [6]]), LINE)).toBe(1);
  expect(coverage(rowsOf([[-3.01]]), LINE)).toBe(0);
  expect(coverage(rowsOf([[19], [19.01]]), LINE)).toBe(0.5);
});

test('a set covers itself', () => {
  const points = normalRows(new Random(1), 50, 6);
  expect(coverage(points, points)).toBe(1);
});

test('one face repeated is precise and recalls little', () => {
  const real = normalRows(new Random(1), 60, 4);
  const middle = rowsOf(Array.from({ length: 60 }, () => [0, 0, 0, 0]));
  expect(coverage(middle, real)).toBe(1);
  expect(coverage(real, middle)).toBe(0);
});

test('far away nothing is covered', () => {
  expect(coverage(normalRows(new Random(2), 20, 4, 50), normalRows(new Random(1), 20, 4))).toBe(0);
});

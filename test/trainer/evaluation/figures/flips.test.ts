import { expect, test } from 'vitest';
import {
  changedShare,
  correlate,
  unrelatedColumns,
} from '../../../../trainer/evaluation/figures/flips.ts';

const yes = (text: string): boolean[] => Array.from(text, (letter) => letter === '+');

test('correlation of yes-or-no values', () => {
  expect(correlate(yes('++--'), yes('++--'))).toBeCloseTo(1);
  expect(correlate(yes('++--'), yes('--++'))).toBeCloseTo(-1);
  expect(correlate(yes('++--'), yes('+-+-'))).toBeCloseTo(0);
  // The phi coefficient of the table 3, 1 / 1, 3.
  expect(correlate(yes('++++----'), yes('+++-+---'))).toBeCloseTo(0.5);
  expect(correlate(yes('++++'), yes('+-+-'))).toBeNaN();
});

test('columns count that hardly go along with the direction and say something', () => {
  const direction = yes('++++----');
  const labels = direction.map((is, i) => [is, !is, i % 2 === 0, true]);
  expect(unrelatedColumns(labels, direction)).toEqual([2]);
  expect(unrelatedColumns([], [])).toEqual([]);
});

test('share of answers that change, in the named columns only', () => {
  const before = [
    [1, -1, 2],
    [3, 1, -2],
  ];
  const after = [
    [-1, -2, -2],
    [-3, -1, -2],
  ];
  expect(changedShare(before, after, [1, 2])).toBe(0.5);
  expect(changedShare(before, before, [0, 1, 2])).toBe(0);
});

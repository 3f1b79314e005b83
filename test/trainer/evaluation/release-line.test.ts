import { describe, expect, test } from 'vitest';
import type { EvaluationRow } from '../../../models/contract/manifest.ts';
import { groupVerdicts } from '../../../trainer/evaluation/group-verdicts.ts';
import {
  type Condition,
  isReached,
  releaseLine,
} from '../../../trainer/evaluation/release-line.ts';

type Cell = [figure: string, by: string, value: number, of?: string, deviation?: number];

/** Split 2, all faces, of a model that meets every condition by a little. */
const GOOD: readonly Cell[] = [
  ['success', 'C_eval', 0.95],
  ['success', 'ridge', 0.93],
  ['success', 'C_eval', 0.6, 'mean shift'],
  ['success', 'ridge', 0.62, 'mean shift'],
  ['success', 'C_eval', 0.91, 'full size'],
  ['success', 'ridge', 0.97, 'full size'],
  ['success of real', 'C_eval', 0.9],
  ['success of real', 'ridge', 0.9],
  ['gap closed', 'C_eval', 0.55],
  ['gap closed', 'C_eval', 0.4, 'mean shift'],
  ['SWD', 'pixels', 18.9],
  ['SWD', 'pixels', 19, 'mean shift'],
  ['SWD', 'pixels', 18.5, 'do nothing', 0.2],
  ['unchanged', 'pixels', 0.03],
  ['R@1', 'C_eval', 0.95],
  ['SSIM', 'pixels', 0.8],
  ['outside', 'pixels', 0.035],
  ['flips', 'C_eval', 0.06],
];

function row([figure, by, value, of = 'model', deviation]: Cell, change = {}): EvaluationRow {
  const spread = deviation === undefined ? {} : { deviation };
  return { splits: '2', figure, of, by, group: 'all', faces: 400, value, ...spread, ...change };
}

const GROUP = { splits: '1+2', group: 'race: A', faces: 80 };
const ROWS: readonly EvaluationRow[] = [
  ...GOOD.map((cell) => row(cell)),
  row(['success', 'C_eval', 0.9], { splits: '1' }),
  row(['success', 'C_eval', 0.85], GROUP),
  row(['L* shift of skin', 'pixels', -3], GROUP),
  row(['L* shift of skin', 'pixels', 9], { ...GROUP, group: 'age: 20-29' }),
];

function missed(rows: readonly EvaluationRow[]): Condition[] {
  return releaseLine(rows).filter(({ verdict }) => verdict !== 'pass');
}

/** The rows with one value replaced. */
function withValue(figure: string, by: string, value: number, of = 'model'): EvaluationRow[] {
  return ROWS.map((other) =>
    other.figure === figure && other.by === by && other.of === of && other.splits === '2'
      ? { ...other, value }
      : other,
  );
}

test('values at their limits pass', () => {
  expect(missed(ROWS)).toEqual([]);
  expect(isReached(releaseLine(ROWS))).toBe(true);
});

test('without the test split, the split for choices decides', () => {
  const moved = ROWS.filter(({ splits }) => splits !== '1').map((other) =>
    other.splits === '2' ? { ...other, splits: '1' } : other,
  );
  expect(isReached(releaseLine(moved))).toBe(true);
  // A figure that split 2 lacks is not taken from split 1.
  const lacking = [row(['R@1', 'C_eval', 1], { splits: '1' }), ...ROWS].filter(
    ({ figure, splits }) => figure !== 'R@1' || splits === '1',
  );
  expect(missed(lacking)).toMatchObject([{ condition: 'R@1', verdict: 'not measured' }]);
});

test.each([
  ['success', 'C_eval', 0.6, /success by C_eval against the mean shift/],
  ['success', 'ridge', 0.62, /success by ridge against the mean shift/],
  ['success of real', 'ridge', 0.899, /success of real by ridge/],
  ['gap closed', 'C_eval', 0.549, /^gap closed$/],
  ['SWD', 'pixels', 18.91, /mean \+ 2 sd/],
  ['unchanged', 'pixels', 0.031, /unchanged/],
  ['R@1', 'C_eval', 0.949, /R@1/],
  ['SSIM', 'pixels', 0.799, /SSIM/],
  ['outside', 'pixels', 0.0351, /outside/],
  ['flips', 'C_eval', 0.061, /flips/],
])('%s by %s of %f misses', (figure, by, value, condition) => {
  const [first] = missed(withValue(figure, by, value));
  expect(first?.condition).toMatch(condition);
  expect(first).toMatchObject({ verdict: 'fail' });
});

test('the mean shift must be beaten in texture and distribution too', () => {
  const names = [
    ...missed(withValue('SWD', 'pixels', 18.9, 'mean shift')),
    ...missed(withValue('gap closed', 'C_eval', 0.55, 'mean shift')),
  ].map(({ condition }) => condition);
  expect(names).toEqual(['SWD against the mean shift', 'gap closed against the mean shift']);
});

test('full-size success may lie 5 points off, either way', () => {
  expect(missed(withValue('success', 'ridge', 0.985, 'full size'))).toHaveLength(1);
  expect(missed(withValue('success', 'C_eval', 0.89, 'full size'))).toHaveLength(1);
});

test('what was not measured is said and is no pass', () => {
  const rows = ROWS.filter(({ of }) => of !== 'full size');
  expect(missed(rows)).toMatchObject([
    { verdict: 'not measured', limit: 'at most 0.05', value: undefined },
    { verdict: 'not measured' },
  ]);
  expect(isReached(releaseLine(rows))).toBe(false);
  expect(releaseLine([]).every(({ verdict }) => verdict === 'not measured')).toBe(true);
});

test('skin tone counts in race groups, darker as much as lighter', () => {
  const darker = [
    ...ROWS,
    row(['L* shift of skin', 'pixels', -3.2], { ...GROUP, group: 'race: B' }),
  ];
  expect(missed(darker)).toMatchObject([{ value: 3.2, verdict: 'fail' }]);
});

describe('groups', () => {
  test('fail when even the upper bound lies 10 points below the pooled mean', () => {
    // The mean over both splits is 0.925; the upper bound of 0.7 of 80 faces is 0.789.
    const rows = [...ROWS, row(['success', 'C_eval', 0.7], { ...GROUP, group: 'race: B' })];
    expect(groupVerdicts(rows).map(({ group, isFailing }) => [group, isFailing])).toEqual([
      ['race: A', false],
      ['race: B', true],
    ]);
    expect(missed(rows)).toMatchObject([{ condition: 'failing groups', value: 1 }]);
  });

  test('pass when they are too small to tell', () => {
    const small = { ...GROUP, group: 'race: B', faces: 20 };
    expect(missed([...ROWS, row(['success', 'C_eval', 0.7], small)])).toEqual([]);
  });
});

import { expect, test } from 'vitest';
import type { EvaluationRow } from '../../../models/contract/manifest.ts';
import { releaseLine } from '../../../trainer/evaluation/release-line.ts';
import { groupTable, splitTables } from '../../../trainer/evaluation/tables.ts';
import { formatReleaseLine, formatTables } from '../../../trainer/evaluation/terminal.ts';

const BASE = { splits: '2', by: 'pixels', group: 'all', faces: 40, of: 'model' };
const ROWS: readonly EvaluationRow[] = [
  { ...BASE, figure: 'SWD', of: 'do nothing', value: 18.5, deviation: 0.0625 },
  { ...BASE, figure: 'SWD', value: 17.125, deviation: 0.5 },
  { ...BASE, figure: 'sparkle', value: 3 },
  { ...BASE, figure: 'success', by: 'C_eval', value: 0.9 },
  { ...BASE, figure: 'success', by: 'C_eval', of: 'real targets', faces: 30, value: 0.97 },
  { ...BASE, figure: 'success', by: 'C_eval', group: 'race: A', splits: '1+2', value: 0.8 },
  { ...BASE, figure: 'L* shift of skin', group: 'race: A', splits: '1+2', value: -1.234 },
];

test('subjects stand side by side, figures in their order, unknown ones last', () => {
  const [table, ...others] = splitTables(ROWS);
  expect(others).toEqual([]);
  expect(table?.subjects).toEqual(['model', 'do nothing', 'real targets']);
  expect(table?.lines.map(({ figure, cells }) => [figure, ...cells.map((c) => c?.value)])).toEqual([
    ['success', 0.9, undefined, 0.97],
    ['SWD', 17.125, 18.5, undefined],
    ['sparkle', 3, undefined, undefined],
  ]);
});

test('a group has one line with interval and tone', () => {
  expect(groupTable(ROWS)).toEqual([
    {
      group: 'race: A',
      faces: 40,
      cells: { 'success by C_eval': '0.800 (0.652 to 0.895)', 'L* shift of skin': '-1.23' },
    },
  ]);
});

test('the terminal shows values above their deviations, headings over their columns', () => {
  expect(formatTables(ROWS)).toBe(`Split 2
                         do       real
figure   by      model   nothing  targets
faces            40      40       30
success  C_eval  0.900            0.970
SWD      pixels  17.125  18.500
         sd      0.500   0.0625
sparkle  pixels  3.000

Groups of the model's sources
group    faces  success by C_eval       L* shift of skin
race: A  40     0.800 (0.652 to 0.895)  -1.23`);
});

test('the release line says for each condition what was found', () => {
  const lines = formatReleaseLine(releaseLine(ROWS)).split('\n');
  expect(lines[0]).toMatch(/^release line +limit +value +verdict$/);
  expect(lines).toContainEqual(
    expect.stringMatching(/^SWD against the input, mean \+ 2 sd +at most 18\.625 +17\.125 +pass$/),
  );
  expect(lines).toContainEqual(expect.stringMatching(/^R@1 +at least 0\.95 +not measured$/));
});

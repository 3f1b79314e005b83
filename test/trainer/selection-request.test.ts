import { expect, test } from 'vitest';
import {
  parseSelection,
  resolveSelection,
  type SelectionFlags,
} from '../../trainer/selection-request.ts';

const CELEBA = [
  'Attractive',
  'Blurry',
  'Eyeglasses',
  'Goatee',
  'Male',
  'Mustache',
  'No_Beard',
  'Young',
];

function select(flags: SelectionFlags, attributes: readonly string[]) {
  return resolveSelection(parseSelection(flags), attributes);
}

test('the modes are the populations of 2017', () => {
  const selectMode = (mode: string): unknown =>
    select({ faces: 'Young', target: [], mode }, CELEBA);
  expect(selectMode('mtf')).toEqual({
    selection: {
      faces: 'Young',
      sources: 'Male,!Blurry,!Eyeglasses',
      targets: { mtf: '!Male,Attractive,!Blurry,!Eyeglasses' },
    },
    warnings: [],
  });
  expect(selectMode('ftm')).toMatchObject({
    selection: {
      sources: '!Male,!Blurry,!Eyeglasses',
      targets: { ftm: 'Male,Attractive,!Goatee,!Mustache,No_Beard,!Blurry,!Eyeglasses' },
    },
  });
  expect(selectMode('mtm')).toMatchObject({
    selection: {
      sources: 'Male,!Blurry,!Eyeglasses',
      targets: { mtm: 'Attractive,Male,!Blurry,!Eyeglasses' },
    },
  });
  expect(selectMode('ftf')).toMatchObject({
    selection: { targets: { ftf: 'Attractive,!Male,!Blurry,!Eyeglasses' } },
  });
});

test('a mode drops terms whose column the data lacks, with one warning', () => {
  expect(
    select({ faces: '', target: [], mode: 'ftm' }, ['Male', 'Eyeglasses', 'No_Beard']),
  ).toEqual({
    selection: {
      faces: '',
      sources: '!Male,!Eyeglasses',
      targets: { ftm: 'Male,No_Beard,!Eyeglasses' },
    },
    warnings: [
      'mode ftm: dropped !Blurry, Attractive, !Goatee, !Mustache, since the data has no such column',
    ],
  });
});

test('a mode without what sets its target apart is refused', () => {
  const selectMode = (mode: string) => () =>
    select({ faces: '', target: [], mode }, ['Male', 'Smiling']);
  expect(selectMode('mtm')).toThrow(/mode mtm needs the column Attractive.*it has Male, Smiling/);
  expect(selectMode('mtf')).not.toThrow();
});

test('one target needs its sources, several must not have any', () => {
  const female = 'feminine=!Male';
  expect(select({ faces: '', target: [female], sources: 'Male,Young' }, CELEBA)).toEqual({
    selection: { faces: '', sources: 'Male,Young', targets: { feminine: '!Male' } },
    warnings: [],
  });
  expect(() => parseSelection({ faces: '', target: [female] })).toThrow(
    /at least two different --target, or one with --sources, or a --mode/,
  );
  expect(() =>
    parseSelection({ faces: '', target: [female, 'masculine=Male'], sources: 'Male' }),
  ).toThrow(/--sources goes with one --target, got 2/);
});

test.each([
  [{ target: ['a=Male'], mode: 'mtf' }, /leave them out/],
  [{ target: [], sources: 'Male', mode: 'mtf' }, /leave them out/],
  [{ target: [], mode: 'mtx' }, /unknown mode "mtx": choose one of mtf, ftm, mtm, ftf/],
  [{ target: ['Male'] }, /NAME=EXPRESSION/],
])('%j is refused', (options, message) => {
  expect(() => parseSelection({ faces: '', ...options })).toThrow(message);
});

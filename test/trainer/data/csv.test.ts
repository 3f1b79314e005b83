import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatCsv, parseCsv } from '../../../trainer/data/csv.ts';

test('cells in quotes hold commas, line breaks and quotes', () => {
  expect(parseCsv('file,note\r\na.jpg,"one, ""two""\nthree"\r\n\r\nb.jpg,\n')).toEqual([
    ['file', 'note'],
    ['a.jpg', 'one, "two"\nthree'],
    ['b.jpg', ''],
  ]);
});

test('a byte order mark and a missing last line end are no part of a cell', () => {
  expect(parseCsv('\uFEFFfile,age\na.jpg,30')).toEqual([
    ['file', 'age'],
    ['a.jpg', '30'],
  ]);
  expect(parseCsv('a,')).toEqual([['a', '']]);
  expect(parseCsv('')).toEqual([]);
});

test.each(['a,b\nc,"d', 'a,b\nc,"d" e\n', 'a,b\nc,d"e\n'])(
  '%j is refused with its line',
  (text) => {
    expect(() => parseCsv(text)).toThrow(/line 2: a quote/);
  },
);

test('what is written is read back', () => {
  const cell = fc.oneof(fc.string(), fc.constantFrom('', '"', ',', '\r\n', '\n', 'a "b", c'));
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 4 })), (rows) => {
      expect(parseCsv(`\uFEFF${formatCsv(rows)}`)).toEqual(rows);
    }),
  );
});

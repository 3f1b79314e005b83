import { expect, test } from 'vitest';
import { downloadName, uniqueNames } from '../../web/file-name.ts';

test.each([
  ['holiday.JPG', 'image/jpeg', 'holiday.makeover.jpg'],
  ['two.dots.png', 'image/png', 'two.dots.makeover.png'],
  ['moving.gif', 'image/png', 'moving.makeover.png'],
  ['no extension', 'image/webp', 'no extension.makeover.webp'],
  ['.jpg', 'image/jpeg', 'photo.makeover.jpg'],
])('%s, made over into %s, is downloaded as %s', (photo, mediaType, expected) => {
  expect(downloadName(photo, mediaType)).toBe(expected);
});

test('files of the same name are told apart by numbers', () => {
  const names = ['a.makeover.jpg', 'a.makeover.jpg', 'b', 'a.makeover.jpg', 'b'];
  expect(uniqueNames(names)).toEqual([
    'a.makeover.jpg',
    'a (2).makeover.jpg',
    'b',
    'a (3).makeover.jpg',
    'b (2)',
  ]);
});

import { expect, test } from 'vitest';
import { downloadName } from '../../web/file-name.ts';

test.each([
  ['holiday.JPG', 'image/jpeg', 'holiday.makeover.jpg'],
  ['two.dots.png', 'image/png', 'two.dots.makeover.png'],
  ['moving.gif', 'image/png', 'moving.makeover.png'],
  ['no extension', 'image/webp', 'no extension.makeover.webp'],
  ['.jpg', 'image/jpeg', 'photo.makeover.jpg'],
])('%s, made over into %s, is downloaded as %s', (photo, mediaType, expected) => {
  expect(downloadName(photo, mediaType)).toBe(expected);
});

import fc from 'fast-check';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { describeRefused, isLosslessWebp, sniffFormat } from '../../../server/photo/formats.ts';

const picture = sharp({ create: { width: 16, height: 16, channels: 3, background: '#a04030' } });

test.each(['jpeg', 'png', 'webp', 'avif'] as const)('%s is known', async (format) => {
  expect(sniffFormat(await picture.clone().toFormat(format).toBuffer())).toBe(format);
});

test.each([
  ['a GIF picture', 'GIF89a'],
  ['a PDF document', '%PDF-1.7\n'],
  ['an SVG drawing', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
  ['an SVG drawing', '\xef\xbb\xbf<?xml version="1.0"?><svg/>'],
  ['a TIFF picture', 'II*\0'],
  ['a BMP picture', 'BM\0\0'],
  ['no picture that is known here', 'hello'],
  ['no picture that is known here', ''],
])('%s is refused: %j', (name, start) => {
  const file = Buffer.from(start, 'latin1');
  expect(sniffFormat(file)).toBeUndefined();
  expect(describeRefused(file)).toBe(name);
});

test.each(['\0\0\0\x18ftypheic\0\0\0\0mif1heic', '\0\0\0\x18ftypmif1\0\0\0\0mif1heic'])(
  'HEIC is known by its brands: %j',
  (start) => {
    expect(sniffFormat(Buffer.from(start, 'latin1'))).toBe('heic');
  },
);

test('any bytes are read without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (file) => {
      expect(typeof describeRefused(file)).toBe('string');
      expect(typeof isLosslessWebp(file)).toBe('boolean');
      sniffFormat(file);
    }),
  );
});

test('a lossless WebP is told from a lossy one, also behind other chunks', async () => {
  const lossless = picture.clone().webp({ lossless: true });
  expect(isLosslessWebp(await lossless.toBuffer())).toBe(true);
  expect(isLosslessWebp(await lossless.withIccProfile('p3').toBuffer())).toBe(true);
  expect(isLosslessWebp(await picture.clone().webp().toBuffer())).toBe(false);
});

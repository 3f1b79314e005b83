import sharp from 'sharp';
import { expect, test } from 'vitest';
import { decodePhoto } from '../../../trainer/align/photo.ts';
import { storeTurned } from '../../support/orientation.ts';

/** A patch whose colour is the same in every space that it is stored in. */
const patch = sharp({ create: { width: 12, height: 8, channels: 3, background: '#b07860' } });

test.each([
  ['Display P3', patch.clone().withIccProfile('p3').png(), 2],
  ['CMYK', patch.clone().withIccProfile('cmyk').jpeg({ quality: 100 }), 20],
  ['16 bits', patch.clone().toColourspace('rgb16').png(), 2],
  ['alpha', patch.clone().ensureAlpha(0.5).webp({ lossless: true }), 0],
])('a photo in %s becomes 8-bit sRGB', async (_, picture, tolerance) => {
  const { width, height, channels, data } = await decodePhoto(await picture.toBuffer());
  expect([width, height, channels, data.length]).toEqual([12, 8, 3, 12 * 8 * 3]);
  // Printing inks cannot show every colour; inverted or unconverted values are 60 off and more.
  [0xb0, 0x78, 0x60].forEach((level, c) => {
    expect(Math.abs((data[c] ?? 0) - level)).toBeLessThanOrEqual(tolerance);
  });
});

test('a grey photo becomes RGB', async () => {
  const { channels, data } = await decodePhoto(await patch.clone().greyscale().png().toBuffer());
  expect(channels).toBe(3);
  expect(data[0]).toBe(data[2]);
});

test('a photo on its side is turned upright', async () => {
  const upright = await sharp(await patch.clone().png().toBuffer())
    .composite([
      {
        input: { create: { width: 2, height: 2, channels: 3, background: 'red' } },
        left: 0,
        top: 0,
      },
    ])
    .png()
    .toBuffer();
  for (const orientation of [3, 5, 6, 8]) {
    const { width, height, data } = await decodePhoto(await storeTurned(upright, orientation));
    expect([width, height]).toEqual([12, 8]);
    expect([...data.subarray(0, 3)]).toEqual([255, 0, 0]);
  }
});

test('a drawing and a damaged photo are refused', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  await expect(decodePhoto(svg)).rejects.toThrow(/is a svg file, expected a photo/);
  const whole = await patch.clone().resize(400, 400).jpeg().toBuffer();
  await expect(decodePhoto(whole.subarray(0, whole.length / 2))).rejects.toThrow();
});

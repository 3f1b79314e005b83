import sharp from 'sharp';
import { expect, test } from 'vitest';
import { removeCostlyParts } from '../../../server/photo/costly-parts.ts';
import { createPrivatePhoto, SECRET } from '../../support/private-photo.ts';

const picture = sharp({ create: { width: 20, height: 10, channels: 3, background: '#a86' } });

test('a PNG loses its texts, and nothing that its picture depends on', async () => {
  const png = await picture.clone().withIccProfile('p3').png({ palette: true }).toBuffer();
  expect(removeCostlyParts(png, 'png').length).toBeLessThanOrEqual(png.length);
  const turned = await sharp(await createPrivatePhoto(png, 'png'))
    .keepMetadata()
    .withMetadata({ orientation: 6 })
    .png()
    .toBuffer();
  const lean = Buffer.from(removeCostlyParts(turned, 'png'));
  const { width, height, orientation, icc, xmp, comments } = await sharp(lean).metadata();
  const before = await sharp(turned).metadata();
  expect({ width, height, orientation, icc }).toEqual({
    width: 20,
    height: 10,
    orientation: 6,
    icc: before.icc,
  });
  expect([xmp, comments]).toEqual([undefined, undefined]);
  expect(before.xmp?.includes(SECRET)).toBe(true);
  expect((await sharp(lean).raw().toBuffer()).equals(await sharp(turned).raw().toBuffer())).toBe(
    true,
  );
});

test('other formats, and a PNG without texts, come back as they are', async () => {
  const plain = Buffer.from(removeCostlyParts(await picture.clone().png().toBuffer(), 'png'));
  expect(removeCostlyParts(plain, 'png')).toBe(plain);
  for (const format of ['jpeg', 'webp', 'avif'] as const) {
    const file = await createPrivatePhoto(await picture.clone().png().toBuffer(), format);
    expect(removeCostlyParts(file, format)).toBe(file);
  }
});

test('a PNG that is cut short anywhere is left to the decoder', async () => {
  const png = await createPrivatePhoto(await picture.clone().png().toBuffer(), 'png');
  for (let length = 0; length <= png.length; length += 7) {
    expect(removeCostlyParts(png.subarray(0, length), 'png').length).toBeLessThanOrEqual(length);
  }
});

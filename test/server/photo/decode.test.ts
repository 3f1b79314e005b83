import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { splitJpegSegments } from '../../../models/contract/jpeg-segments.ts';
import { decodePhoto } from '../../../server/photo/decode.ts';
import { rejectionCode } from '../../support/codes.ts';
import { readComposite } from '../../support/composites.ts';
import { storeTurned } from '../../support/orientation.ts';
import { createPng } from '../../support/png.ts';

const limits = { maxPixels: 50_000_000 };

describe('orientation', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('%i gives the same upright raster', async (orientation) => {
    const upright = sharp(readComposite()).resize(60, 90, { fit: 'fill' });
    const expected = await upright.clone().raw().toBuffer();
    const file = await storeTurned(await upright.png().toBuffer(), orientation);
    const { raster } = await decodePhoto(file, limits);
    expect([raster.width, raster.height, raster.channels]).toEqual([60, 90, 3]);
    expect(Buffer.compare(raster.data, expected)).toBe(0);
  });
});

describe('colours', () => {
  const picture = sharp(readComposite()).resize(64);

  test('RGB values and their profile stay as they are', async () => {
    const file = await picture.clone().withIccProfile('p3').png().toBuffer();
    const own = await sharp(file, { ignoreIcc: true }).raw().toBuffer();
    const { raster, icc } = await decodePhoto(file, limits);
    expect(Buffer.compare(raster.data, own)).toBe(0);
    expect(icc).toEqual((await sharp(file).metadata()).icc);
  });

  test.each([
    ['grey', 'b-w'],
    ['16-bit grey', 'grey16'],
  ] as const)('%s becomes RGB', async (_name, space) => {
    const file = await picture.clone().toColourspace(space).png().toBuffer();
    const { raster, icc } = await decodePhoto(file, limits);
    expect(raster.channels).toBe(3);
    expect(raster.data[0]).toBe(raster.data[1]);
    expect(raster.data[0]).toBe(raster.data[2]);
    expect(icc).toBeUndefined();
  });

  test.each([
    ['its profile', (file: Buffer) => file],
    ['no profile', removeIcc],
  ])('CMYK with %s becomes sRGB close to what it was made from', async (_name, change) => {
    const patch = sharp({ create: { width: 8, height: 8, channels: 3, background: '#b07860' } });
    const file = change(await patch.withIccProfile('cmyk').jpeg({ quality: 100 }).toBuffer());
    const { space, hasProfile } = await sharp(file).metadata();
    expect({ space, hasProfile }).toEqual({ space: 'cmyk', hasProfile: change !== removeIcc });
    const { raster, icc } = await decodePhoto(file, limits);
    expect(raster.channels).toBe(3);
    [0xb0, 0x78, 0x60].forEach((level, i) => {
      // Printing inks cannot show every colour; inverted or unconverted values are 60 off and more.
      expect(Math.abs((raster.data[i] ?? 0) - level)).toBeLessThan(24);
    });
    expect(icc).toBeUndefined();
  });

  test('16 bits become 8, alpha is kept', async () => {
    const background = { r: 10, g: 200, b: 77, alpha: 0.5 };
    const patch = sharp({ create: { width: 4, height: 4, channels: 4, background } });
    const file = await patch.toColourspace('rgb16').png().toBuffer();
    const { raster } = await decodePhoto(file, limits);
    expect([...raster.data.subarray(0, 4)]).toEqual([10, 200, 77, 128]);
  });
});

/** A JPEG without its profile, which may take many segments. */
function removeIcc(jpeg: Buffer): Buffer {
  const profile = splitJpegSegments(jpeg).filter(({ marker }) => marker === 0xe2);
  expect(profile).not.toHaveLength(0);
  return Buffer.concat([
    jpeg.subarray(0, profile.at(0)?.start),
    jpeg.subarray(profile.at(-1)?.end),
  ]);
}

describe('what the encoder needs to know', () => {
  test.each(['4:2:0', '4:4:4'] as const)('JPEG subsampling %s', async (chromaSubsampling) => {
    const file = await sharp(readComposite()).resize(64).jpeg({ chromaSubsampling }).toBuffer();
    expect(await decodePhoto(file, limits)).toMatchObject({
      format: 'jpeg',
      chromaSubsampling,
    });
  });

  test.each([true, false])('WebP without loss: %s', async (lossless) => {
    const file = await sharp(readComposite()).resize(64).webp({ lossless }).toBuffer();
    const photo = await decodePhoto(file, limits);
    expect(photo).toMatchObject({ format: 'webp', isLossless: lossless });
  });
});

describe('refusals', () => {
  test('more pixels than allowed are refused before they are decoded', async () => {
    // 30000 x 30000 px of grey in 110 kB: decoded it would fill 2.7 GB.
    const bomb = createPng(30_000, 30_000);
    const startMs = performance.now();
    expect(await rejectionCode(decodePhoto(bomb, limits))).toBe('PIXELS_TOO_MANY');
    expect(performance.now() - startMs).toBeLessThan(3000);
  });

  test.each(['jpeg', 'png', 'webp', 'avif'] as const)('a truncated %s', async (format) => {
    const whole = await sharp(readComposite()).resize(200).toFormat(format).toBuffer();
    const half = whole.subarray(0, whole.length / 2);
    expect(await rejectionCode(decodePhoto(half, limits))).toBe('IMAGE_CORRUPT');
  });

  test('a file that ends after its first bytes', async () => {
    const start = readComposite().subarray(0, 20);
    expect(await rejectionCode(decodePhoto(start, limits))).toBe('IMAGE_CORRUPT');
  });

  test('a drawing', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    expect(await rejectionCode(decodePhoto(svg, limits))).toBe('TYPE_NOT_ALLOWED');
  });
});

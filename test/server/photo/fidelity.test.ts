import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodePhoto } from '../../../server/photo/decode.ts';
import { encodePhoto } from '../../../server/photo/encode.ts';
import { readComposite } from '../../support/composites.ts';

const limits = { maxPixels: 1e6 };
const LOSSY = ['jpeg', 'webp', 'avif'] as const;

const photo = () => sharp(readComposite()).resize(320);

/** What passing through the service does to pixels that no face covers. */
async function pass(file: Buffer, format: (typeof LOSSY)[number] | 'png') {
  const before = await decodePhoto(file, limits);
  const result = await encodePhoto(before.raster, format, { ...before, quality: undefined });
  const after = await decodePhoto(result, limits);
  return { before: before.raster.data, after: after.raster.data };
}

function measure(before: Uint8Array, after: Uint8Array): { mean: number; psnrDb: number } {
  let sum = 0;
  let squares = 0;
  before.forEach((level, i) => {
    const difference = level - (after[i] ?? 0);
    sum += Math.abs(difference);
    squares += difference ** 2;
  });
  const psnrDb = 10 * Math.log10(255 ** 2 / (squares / before.length));
  return { mean: sum / before.length, psnrDb };
}

describe.each(LOSSY)('a photo as %s', (format) => {
  test.each(['srgb', 'p3'])(
    'in %s differs by less than a level, at 42 dB or more',
    async (space) => {
      const file = await photo().withIccProfile(space).toFormat(format, { quality: 90 }).toBuffer();
      const { before, after } = await pass(file, format);
      expect(after.length).toBe(before.length);
      const { mean, psnrDb } = measure(before, after);
      expect(mean).toBeLessThanOrEqual(1);
      expect(psnrDb).toBeGreaterThanOrEqual(42);
    },
  );
});

test.each([
  ['png', (picture: Sharp) => picture.png()],
  ['png with a palette', (picture: Sharp) => picture.png({ palette: true, colours: 64 })],
  ['webp without loss', (picture: Sharp) => picture.webp({ lossless: true })],
] as const)('%s comes back bit for bit', async (name, encode) => {
  const file = await encode(photo()).toBuffer();
  const before = await decodePhoto(file, limits);
  const format = name.startsWith('png') ? 'png' : 'webp';
  const result = await encodePhoto(before.raster, format, { ...before, quality: undefined });
  const after = await decodePhoto(result, limits);
  expect(Buffer.compare(after.raster.data, before.raster.data)).toBe(0);
});

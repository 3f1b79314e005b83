import { promisify } from 'node:util';
import { inflate as inflateWithCallback } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { writeMetadata } from '../../models/contract/metadata.ts';
import { type PhotoHeader, readPhotoHeader } from '../../models/contract/photo-header.ts';
import { createProfile } from '../support/icc-profile.ts';

const inflate = promisify(inflateWithCallback) as (bytes: Uint8Array) => Promise<Uint8Array>;
const readHeader = (file: Uint8Array) => readPhotoHeader(file, inflate);
const ICC = createProfile('display-p3');
const FORMATS = ['jpeg', 'png', 'webp'] as const;

function picture(width: number, height: number, channels: 3 | 4 = 3) {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 31) % 251);
  return sharp(data, { raw: { width, height, channels } });
}

describe('the header of a photo', () => {
  test('agrees with the decoder on size, orientation and profile, whatever they are', async () => {
    const anySize = fc.integer({ min: 1, max: 70 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...FORMATS),
        anySize,
        anySize,
        fc.integer({ min: 1, max: 8 }),
        fc.boolean(),
        fc.boolean(),
        async (format, width, height, orientation, hasProfile, isLossless) => {
          let encoder = picture(width, height).withMetadata({ orientation });
          if (hasProfile) encoder = encoder.withIccProfile('p3');
          const options = format === 'webp' ? { lossless: isLossless } : {};
          const file = await encoder.toFormat(format, options).toBuffer();
          const found = await sharp(file).metadata();
          const header = await readHeader(file);
          expect(header).toMatchObject({
            format,
            width,
            height,
            orientation,
            isRgb: true,
            hasAlpha: false,
            isLossless: format === 'png' || (format === 'webp' && isLossless),
          });
          expect(Buffer.compare(Buffer.from(header?.icc ?? []), found.icc ?? Buffer.of())).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each(FORMATS)('of a written %s gives back profile and upright position', async (format) => {
    const encoded = await picture(9, 7).withMetadata({ orientation: 6 })[format]().toBuffer();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 200_000 }), async (extra) => {
        const icc = Buffer.concat([ICC, Buffer.alloc(extra, 'deep makeover ')]);
        const written = writeMetadata(encoded, `image/${format}`, { icc });
        const header = (await readHeader(written)) as PhotoHeader;
        expect(header).toMatchObject({ width: 9, height: 7, orientation: 1 });
        expect(Buffer.compare(Buffer.from(header.icc as Uint8Array), icc)).toBe(0);
        const bare = await readHeader(writeMetadata(written, `image/${format}`, {}));
        expect(bare?.icc).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });

  test('says what a JPEG is made of', async () => {
    const fine = picture(16, 16).jpeg({ quality: 96, chromaSubsampling: '4:4:4' });
    expect(await readHeader(await fine.toBuffer())).toMatchObject({
      hasFullChroma: true,
      jpegQuality: 96,
    });
    const coarse = picture(16, 16).jpeg({ quality: 70 });
    expect(await readHeader(await coarse.toBuffer())).toMatchObject({
      hasFullChroma: false,
      jpegQuality: 70,
    });
    for (const space of ['b-w', 'cmyk'] as const) {
      const file = await picture(8, 8).toColourspace(space).jpeg().toBuffer();
      expect(await readHeader(file)).toMatchObject({ isRgb: false, icc: undefined });
    }
  });

  test('knows which pictures have alpha', async () => {
    const encoders = [
      picture(8, 8, 4).png(),
      picture(8, 8, 4).png({ palette: true }),
      picture(8, 8, 4).webp(),
      picture(8, 8, 4).webp({ lossless: true }),
    ];
    for (const encoder of encoders) {
      expect(await readHeader(await encoder.toBuffer())).toMatchObject({ hasAlpha: true });
    }
  });

  test('of another file is none, and damage never makes the reader hang or fall over', async () => {
    expect(await readHeader(Buffer.from('Dear diary'))).toBeUndefined();
    const files = await Promise.all(
      FORMATS.map((format) => picture(12, 10).withIccProfile('p3').toFormat(format).toBuffer()),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.nat(400),
        fc.uint8Array({ minLength: 1, maxLength: 8 }),
        fc.nat(400),
        async (file, at, bytes, length) => {
          const damaged = Uint8Array.from(file).subarray(0, Math.max(8, file.length - length));
          damaged.set(
            bytes.subarray(0, Math.max(0, damaged.length - at)),
            Math.min(at, damaged.length),
          );
          const outcome = await readHeader(damaged).catch((error: unknown) => error);
          const isClear = outcome instanceof Error && !(outcome instanceof RangeError);
          expect(outcome === undefined || isClear || typeof outcome === 'object').toBe(true);
          expect(outcome).not.toBeInstanceOf(RangeError);
        },
      ),
      { numRuns: 300 },
    );
  });
});

import exifr from 'exifr';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { writeMetadata } from '../../models/contract/metadata.ts';
import { createProfile } from '../support/icc-profile.ts';

const MARK = 'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia';
const ICC = createProfile('display-p3');
/** Longer than one JPEG segment and one stored block hold. */
const LONG_ICC = Buffer.concat([ICC, Buffer.alloc(150_000, 'deep makeover ')]);
LONG_ICC.writeUInt32BE(LONG_ICC.length, 0);

function picture(channels: 3 | 4) {
  const data = Uint8Array.from({ length: 37 * 23 * channels }, (_, i) => (i * 31) % 251);
  return sharp(data, { raw: { width: 37, height: 23, channels } });
}

const PICTURES = [
  ['image/jpeg', 'JPEG', () => picture(3).jpeg().toBuffer()],
  ['image/png', 'PNG', () => picture(3).png().toBuffer()],
  ['image/png', 'PNG with alpha', () => picture(4).png().toBuffer()],
  ['image/webp', 'WebP', () => picture(3).webp().toBuffer()],
  ['image/webp', 'WebP with alpha', () => picture(4).webp().toBuffer()],
  ['image/webp', 'lossless WebP', () => picture(3).webp({ lossless: true }).toBuffer()],
  ['image/webp', 'lossless WebP with alpha', () => picture(4).webp({ lossless: true }).toBuffer()],
] as const;

describe('metadata', () => {
  test.each(PICTURES)(
    '%s: a %s keeps its pixels and reads back mark and profile',
    async (type, _, encode) => {
      const encoded = await encode();
      const before = await sharp(encoded, { ignoreIcc: true }).raw().toBuffer();
      for (const icc of [undefined, ICC, LONG_ICC]) {
        const written = writeMetadata(encoded, type, icc === undefined ? {} : { icc });
        const { width, height, orientation, xmp, icc: found } = await sharp(written).metadata();
        expect({ width, height, orientation }).toEqual({
          width: 37,
          height: 23,
          orientation: undefined,
        });
        expect(String(xmp)).toContain(MARK);
        expect(
          found === undefined ? undefined : Buffer.compare(found, icc ?? Buffer.alloc(0)),
        ).toBe(icc === undefined ? undefined : 0);
        const after = await sharp(written, { ignoreIcc: true }).raw().toBuffer();
        expect(Buffer.compare(after, before)).toBe(0);
      }
    },
  );

  test('another reader finds the mark in a JPEG and a PNG', async () => {
    for (const type of ['jpeg', 'png'] as const) {
      const encoded = await picture(3)[type]().toBuffer();
      const written = writeMetadata(encoded, `image/${type}`, { icc: ICC });
      const found = (await exifr.parse(Buffer.from(written), { xmp: true })) as Record<
        string,
        unknown
      >;
      expect(found['DigitalSourceType']).toBe(MARK);
    }
  });

  test.each(['jpeg', 'png', 'webp'] as const)(
    'what an encoder wrote into a %s by itself gives way, and writing twice changes nothing',
    async (type) => {
      const encoded = await picture(3)
        .withIccProfile('p3')
        .withExif({ IFD0: { Artist: 'somebody' } })
        .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">old</x:xmpmeta>')
        .toFormat(type)
        .toBuffer();
      const once = writeMetadata(encoded, `image/${type}`, {});
      const { icc, exif, xmp } = await sharp(once).metadata();
      expect({ icc, exif }).toEqual({ icc: undefined, exif: undefined });
      expect(String(xmp)).toContain(MARK);
      expect(Buffer.from(once).includes('somebody')).toBe(false);
      expect(Buffer.from(once).includes('>old<')).toBe(false);
      expect(Buffer.compare(writeMetadata(once, `image/${type}`, {}), once)).toBe(0);
    },
  );

  test('an earlier profile of a PNG or WebP gives way', async () => {
    for (const type of ['png', 'webp'] as const) {
      const encoded = await picture(3).withIccProfile('p3')[type]().toBuffer();
      const written = writeMetadata(encoded, `image/${type}`, { icc: ICC });
      const { icc } = await sharp(written).metadata();
      expect(Buffer.compare(icc as Buffer, ICC)).toBe(0);
    }
  });

  test('bytes of another type are refused', async () => {
    const png = await picture(3).png().toBuffer();
    expect(() => writeMetadata(png, 'image/jpeg', {})).toThrow(/no JPEG/);
    expect(() => writeMetadata(png, 'image/webp', {})).toThrow(/no WebP/);
    expect(() => writeMetadata(Buffer.alloc(3), 'image/png', {})).toThrow(/no PNG/);
    expect(() => writeMetadata(png.subarray(0, png.length - 5), 'image/png', {})).toThrow(
      /ends inside/,
    );
  });
});

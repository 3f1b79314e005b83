import exifr from 'exifr';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { splitWebpChunks } from '../../../models/contract/webp-chunks.ts';
import { decodePhoto } from '../../../server/photo/decode.ts';
import { encodePhoto } from '../../../server/photo/encode.ts';
import type { ImageFormat } from '../../../server/photo/formats.ts';
import { readComposite } from '../../support/composites.ts';
import { createSegment, insertSegment } from '../../support/jpeg.ts';
import { createPrivatePhoto, SECRET } from '../../support/private-photo.ts';

const FORMATS = ['jpeg', 'png', 'webp', 'avif'] as const;
const MARK = 'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia';
const EVERYTHING = {
  tiff: true,
  xmp: true,
  iptc: true,
  jfif: true,
  ihdr: true,
  ifd0: {},
  ifd1: true,
  exif: true,
  gps: true,
  interop: true,
};

let picture: Buffer;
beforeAll(async () => {
  picture = await sharp(readComposite()).resize(64).withIccProfile('p3').png().toBuffer();
});

async function pass(file: Buffer, format: ImageFormat): Promise<Buffer> {
  const photo = await decodePhoto(file, { maxPixels: 1e6 });
  return Buffer.from(await encodePhoto(photo.raster, format, { ...photo, quality: undefined }));
}

/** All tags of a file. The reader finds no XMP in WebP and AVIF: there it gets it in a JPEG. */
async function readTags(file: Buffer, format: ImageFormat): Promise<Record<string, unknown>> {
  const parse = async (bytes: Buffer) =>
    ((await exifr.parse(bytes, EVERYTHING)) ?? {}) as Record<string, unknown>;
  const tags = format === 'webp' ? {} : await parse(file);
  const { xmp } = await sharp(file).metadata();
  if (xmp === undefined) return tags;
  const packet = Buffer.concat([Buffer.from('http://ns.adobe.com/xap/1.0/\0'), xmp]);
  const carrier = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#fff' } })
    .jpeg()
    .toBuffer();
  return { ...tags, ...(await parse(insertSegment(carrier, createSegment(0xe1, packet)))) };
}

test.each(FORMATS)('the test photo has it all: %s', async (format) => {
  const file = await createPrivatePhoto(picture, format);
  expect((await sharp(file).metadata()).exif?.includes(SECRET)).toBe(true);
  expect(await readTags(file, format)).toMatchObject({
    creator: SECRET,
    // The reader finds EXIF in these two only.
    ...(format === 'jpeg' || format === 'png' ? { Artist: SECRET, latitude: 51.5 } : {}),
    ...(format === 'jpeg' ? { Byline: SECRET } : {}),
  });
});

test.each(FORMATS.flatMap((from) => FORMATS.map((to) => [from, to] as const)))(
  'from %s to %s nothing private is left, and the mark is there',
  async (from, to) => {
    const result = await pass(await createPrivatePhoto(picture, from), to);
    const tags = await readTags(result, to);
    expect(tags.DigitalSourceType).toBe(MARK);
    // What is left tells of the picture, its profile and the mark, not of who made it.
    const names = Object.keys(tags).filter((name) =>
      /gps|artist|author|creator|by-?line|date|make|model|serial|thumbnail|comment|latitude|title/i.test(
        name,
      ),
    );
    expect(names).toEqual([]);
    expect(result.includes(SECRET)).toBe(false);
    const { exif, iptc, icc, orientation, comments } = await sharp(result).metadata();
    expect({ exif, iptc, comments }).toEqual({});
    expect(orientation ?? 1).toBe(1);
    expect(icc).toEqual((await sharp(picture).metadata()).icc);
  },
);

test('a WebP holds nothing but picture, profile and mark', async () => {
  const result = await pass(await createPrivatePhoto(picture, 'webp'), 'webp');
  const types = splitWebpChunks(result).map(({ type }) => type);
  expect(types.sort()).toEqual(['ICCP', 'VP8 ', 'VP8X', 'XMP ']);
});

test('the picture behind a JPEG, and its thumbnail, are gone', async () => {
  const result = await pass(await createPrivatePhoto(picture, 'jpeg'), 'jpeg');
  const starts = result.toString('latin1').match(/\xff\xd8\xff/g);
  expect(starts).toHaveLength(1);
  expect(result.includes('JFXX')).toBe(false);
});

import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { probePhoto, requirePhoto } from '../../../server/photo/probe-photo.ts';
import { ProblemError } from '../../../server/problem.ts';
import { createHeif, HEIC_PHOTO, type HeifLayout } from '../../support/heif.ts';
import { createPng, insertChunk } from '../../support/png.ts';

const FORMATS = ['jpeg', 'png', 'webp', 'avif'] as const;
const rules = { maxPixels: 50_000_000, inputFormats: FORMATS };

const picture = (width: number, height: number, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: { r: 99, g: 50, b: 20, alpha: 0.5 } } });

function codeOf(file: Uint8Array, read: (file: Uint8Array) => unknown = probePhoto): string {
  try {
    read(file);
    return 'none';
  } catch (error) {
    expect(error).toBeInstanceOf(ProblemError);
    return (error as ProblemError).code;
  }
}

const require = (file: Uint8Array) => requirePhoto(file, rules);

describe('sound photos', () => {
  test('have the size that the decoder says', async () => {
    const side = fc.integer({ min: 1, max: 300 });
    const format = fc.constantFrom(...FORMATS);
    const channels = fc.constantFrom(3 as const, 4 as const);
    await fc.assert(
      fc.asyncProperty(format, side, side, channels, async (kind, width, height, count) => {
        const options = kind === 'avif' ? { effort: 0 } : {};
        const file = await picture(width, height, count).toFormat(kind, options).toBuffer();
        expect(probePhoto(file)).toEqual({ format: kind, width, height, frames: 1 });
      }),
      { numRuns: 40 },
    );
  });

  test('may have a profile, EXIF, fill bytes and restarts before their size', async () => {
    const exif = { IFD0: { Artist: 'Somebody' } };
    for (const format of FORMATS) {
      const encoder = picture(40, 30).withIccProfile('p3').withExif(exif).toFormat(format);
      expect(probePhoto(await encoder.toBuffer())).toEqual({
        format,
        width: 40,
        height: 30,
        frames: 1,
      });
    }
    const jpeg = await picture(40, 30).jpeg({ progressive: true }).toBuffer();
    const filled = Buffer.concat([
      jpeg.subarray(0, 2),
      Buffer.of(0xff, 0xff, 0xff),
      jpeg.subarray(3),
    ]);
    expect(probePhoto(filled)).toMatchObject({ width: 40, height: 30 });
  });

  test('HEIC, as an encoder for it writes it, and as phones do: in tiles', () => {
    expect(probePhoto(HEIC_PHOTO)).toEqual({ format: 'heic', width: 64, height: 64, frames: 1 });
    const tile = { type: 'hvc1', width: 512, height: 512 } as const;
    const tiled = createHeif({
      brand: 'heic',
      items: [
        { id: 49, type: 'grid', width: 4032, height: 3024 },
        ...Array.from({ length: 48 }, (_, i) => ({ ...tile, id: i + 1 })),
        { id: 50, type: 'hvc1', width: 320, height: 240 },
      ],
      tiles: Array.from({ length: 48 }, (_, i) => i + 1),
    });
    expect(probePhoto(tiled)).toEqual({ format: 'heic', width: 4032, height: 3024, frames: 1 });
  });
});

describe('what is refused', () => {
  test.each([
    ['an APNG', insertChunk(createPng(9, 9), 'acTL', Buffer.of(0, 0, 0, 7, 0, 0, 0, 0))],
    ['an AVIF sequence', createHeif({ brand: 'avis', items: [avif(9, 9)], frames: 7 })],
  ])('animations: %s', (_name, file) => {
    expect(probePhoto(file).frames).toBe(7);
    expect(codeOf(file, require)).toBe('TYPE_NOT_ALLOWED');
  });

  test('animations: WebP', async () => {
    const frames = [picture(20, 20), picture(20, 20).negate()].map((frame) =>
      frame.png().toBuffer(),
    );
    const file = await sharp(await Promise.all(frames), { join: { animated: true } })
      .webp()
      .toBuffer();
    expect(probePhoto(file)).toEqual({ format: 'webp', width: 20, height: 20, frames: 2 });
    expect(codeOf(file, require)).toBe('TYPE_NOT_ALLOWED');
  });

  test.each([
    ['in all', createPng(30_000, 30_000)],
    ['a side', createPng(1, 70_000)],
    ['in an AVIF', createHeif({ items: [avif(8000, 8000)] })],
  ])('too many pixels %s', (_name, file) => {
    expect(codeOf(file, require)).toBe('PIXELS_TOO_MANY');
  });

  test('HEIC, where the decoder does not take it', () => {
    expect(codeOf(HEIC_PHOTO, require)).toBe('TYPE_NOT_ALLOWED');
    const all = { ...rules, inputFormats: [...FORMATS, 'heic' as const] };
    expect(requirePhoto(HEIC_PHOTO, all).format).toBe('heic');
  });

  test.each<[string, HeifLayout]>([
    ['alpha larger than the picture', { items: [avif(100, 100), { ...avif(9000, 9000), id: 2 }] }],
    [
      'many tiles for a small picture',
      {
        items: [
          { ...avif(64, 64), type: 'grid' },
          { ...avif(1000, 1000), id: 2 },
        ],
        tiles: Array.from({ length: 9000 }, () => 2),
      },
    ],
    ['a picture of no known coding', { items: [{ ...avif(64, 64), type: 'Exif' }] }],
    ['no size', { items: [avif(0, 64)] }],
  ])('a HEIF file with %s', (_name, layout) => {
    expect(codeOf(createHeif(layout))).toBe('IMAGE_CORRUPT');
  });
});

function avif(width: number, height: number) {
  return { id: 1, type: 'av01', width, height } as const;
}

describe('damaged files', () => {
  const sound: Buffer[] = [];
  beforeAll(async () => {
    for (const format of FORMATS) {
      sound.push(await picture(50, 40, 4).withIccProfile('p3').toFormat(format).toBuffer());
    }
    sound.push(HEIC_PHOTO, createHeif({ items: [avif(9, 9)], frames: 7 }));
  });
  const codes = ['none', 'TYPE_NOT_ALLOWED', 'IMAGE_CORRUPT', 'PIXELS_TOO_MANY'];

  test('cut short or changed anywhere, they are read within their bytes', () => {
    const changes = fc.array(fc.tuple(fc.nat({ max: 700 }), fc.nat({ max: 255 })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.nat({ max: 5 }), changes, fc.nat({ max: 2000 }), (which, bytes, length) => {
        const file = Uint8Array.prototype.slice.call(sound[which], 0, length);
        for (const [at, value] of bytes) if (at < file.length) file[at] = value;
        expect(codes).toContain(codeOf(file, require));
      }),
      { numRuns: 3000 },
    );
  });

  test('any bytes behind the start of a format end in an answer', () => {
    const starts = [
      '\xff\xd8\xff',
      '\x89PNG\r\n\x1a\n',
      'RIFF\0\0\0\0WEBP',
      '\0\0\0\x10ftypavif\0\0\0\0',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 400 }), (start, rest) => {
        const file = Buffer.concat([Buffer.from(start, 'latin1'), rest]);
        expect(codes).toContain(codeOf(file, require));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['JPEG segments', '\xff\xd8\xff', Buffer.alloc(8_000_000, Buffer.of(0xff, 0xe1, 0, 2))],
    ['JPEG fill bytes', '\xff\xd8\xff', Buffer.alloc(32_000_000, 0xff)],
    ['PNG chunks', '\x89PNG\r\n\x1a\n\0\0\0\0IHDR\0\0\0\0', Buffer.alloc(8_000_000)],
    ['WebP chunks', 'RIFF\0\0\0\0WEBP', Buffer.alloc(8_000_000)],
    ['boxes', '\0\0\0\x10ftypavif\0\0\0\0', Buffer.alloc(8_000_000, '\0\0\0\x08free')],
    ['boxes without end', '\0\0\0\x10ftypavif\0\0\0\0', Buffer.alloc(8_000_000)],
  ])('endless %s are given up', (_name, start, rest) => {
    const file = Buffer.concat([Buffer.from(start, 'latin1'), rest]);
    expect(codeOf(file)).toBe('IMAGE_CORRUPT');
  });
});

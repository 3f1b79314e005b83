import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import type { ErrorCode } from '../../models/contract/api/problem.ts';
import { createHeif } from './heif.ts';
import { createSegment, insertSegment } from './jpeg.ts';
import { createChunk, createPng, insertChunk, insertChunks } from './png.ts';

/** A file made to cost its reader far more than its size. */
export interface Bomb {
  readonly name: string;
  /** NO_FACE_FOUND where the picture is harmless once the bomb is taken out of its file. */
  readonly code: ErrorCode;
  readonly create: () => Buffer | Promise<Buffer>;
}

const MB = 1_000_000;
const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#a08060' } });

/** One bomb of each kind, made anew: none is kept as a file. */
export const BOMBS: readonly Bomb[] = [
  { name: 'PNG of 900 Mpx', code: 'PIXELS_TOO_MANY', create: () => createPng(30_000, 30_000) },
  { name: 'PNG of one endless column', code: 'PIXELS_TOO_MANY', create: () => createPng(1, 1e6) },
  { name: 'PNG with 16 GB of text', code: 'NO_FACE_FOUND', create: createTextBomb },
  {
    name: 'PNG with a profile of 50 MB',
    code: 'NO_FACE_FOUND',
    create: () => insertChunk(createPng(9, 9), 'iCCP', unfolding('icc', 50 * MB)),
  },
  {
    name: 'PNG with 25 MB of EXIF',
    code: 'NO_FACE_FOUND',
    create: () => insertChunk(createPng(9, 9), 'eXIf', endlessExif(25 * MB)),
  },
  {
    name: 'APNG of a million frames',
    code: 'TYPE_NOT_ALLOWED',
    create: () => insertChunk(createPng(900, 900), 'acTL', Buffer.of(0, 15, 66, 64, 0, 0, 0, 0)),
  },
  {
    name: 'JPEG of 4 Gpx',
    code: 'IMAGE_CORRUPT',
    create: () => claimSize(65_535, 65_535, false),
  },
  {
    name: 'progressive JPEG of 49 Mpx in no bytes',
    code: 'IMAGE_CORRUPT',
    create: () => claimSize(7000, 7000, true),
  },
  { name: 'JPEG of 2000 scans', code: 'IMAGE_CORRUPT', create: createScanBomb },
  {
    name: 'JPEG with 20 MB of EXIF and XMP',
    code: 'NO_FACE_FOUND',
    create: async () => {
      const exif = createSegment(
        0xe1,
        Buffer.concat([Buffer.from('Exif\0\0'), endlessExif(65_000)]),
      );
      const xmp = createSegment(
        0xe1,
        Buffer.concat([Buffer.from('http://ns.adobe.com/xap/1.0/\0'), Buffer.alloc(65_000, '<a>')]),
      );
      const jpeg = await picture(64, 64).jpeg().toBuffer();
      return insertSegment(jpeg, ...Array.from({ length: 300 }, (_, i) => (i % 2 ? exif : xmp)));
    },
  },
  {
    name: 'WebP of 268 Mpx in 30 bytes',
    code: 'PIXELS_TOO_MANY',
    create: async () => {
      const webp = await picture(64, 64).webp({ lossless: true }).toBuffer();
      // 14 bits of width less one, then 14 of height, behind the bitstream's signature.
      webp.writeUInt32LE(0x0fffffff, webp.indexOf('VP8L') + 9);
      return webp;
    },
  },
  {
    name: 'animated WebP',
    code: 'TYPE_NOT_ALLOWED',
    create: async () => {
      const frames = await Promise.all([
        picture(500, 500).png().toBuffer(),
        picture(500, 500).negate().png().toBuffer(),
      ]);
      const many = Array.from({ length: 20 }, (_, i) => frames[i % 2] as Buffer);
      return sharp(many, { join: { animated: true } })
        .webp({ effort: 0 })
        .toBuffer();
    },
  },
  {
    name: 'AVIF of 268 Mpx',
    code: 'PIXELS_TOO_MANY',
    create: () => createHeif({ items: [item(1, 'av01', 16_384, 16_384)] }),
  },
  {
    name: 'AVIF with alpha larger than its picture',
    code: 'IMAGE_CORRUPT',
    create: () => createHeif({ items: [item(1, 'av01', 64, 64), item(2, 'av01', 16_384, 16_384)] }),
  },
  {
    name: 'AVIF of 60,000 tiles',
    code: 'IMAGE_CORRUPT',
    create: () =>
      createHeif({
        items: [item(1, 'grid', 256, 256), item(2, 'av01', 1000, 1000)],
        tiles: Array.from({ length: 60_000 }, () => 2),
      }),
  },
  {
    name: 'AVIF that codes more than it says',
    code: 'IMAGE_CORRUPT',
    create: async () => {
      const avif = await picture(2000, 2000).avif({ effort: 0 }).toBuffer();
      const size = avif.indexOf('ispe') + 8;
      avif.writeUInt32BE(20, size);
      avif.writeUInt32BE(20, size + 4);
      return avif;
    },
  },
  {
    name: 'AVIF sequence',
    code: 'TYPE_NOT_ALLOWED',
    create: () => createHeif({ brand: 'avis', items: [item(1, 'av01', 64, 64)], frames: 1e9 }),
  },
  {
    name: 'HEIC of 900 Mpx',
    code: 'TYPE_NOT_ALLOWED',
    create: () => createHeif({ brand: 'heic', items: [item(1, 'hvc1', 30_000, 30_000)] }),
  },
];

function item(id: number, type: 'av01' | 'hvc1' | 'grid', width: number, height: number) {
  return { id, type, width, height };
}

/** Name, method and a zlib stream of equal bytes, a thousandth of their size. */
function unfolding(name: string, bytes: number): Buffer {
  return Buffer.concat([
    Buffer.from(`${name}\0\0`),
    deflateSync(Buffer.alloc(bytes, 'x'), { level: 9 }),
  ]);
}

/** Texts that each stay below the decoder's own limit. */
function createTextBomb(): Buffer {
  const png = createPng(9, 9);
  const text = createChunk('zTXt', unfolding('a', 7.9 * MB));
  return insertChunks(png, ...Array.from({ length: 2000 }, () => text));
}

/** A directory that says it has 65,535 entries. */
function endlessExif(bytes: number): Buffer {
  const exif = Buffer.alloc(bytes, Buffer.of(1, 0x12, 0, 4, 0, 0, 0xff, 0xff, 0, 0, 0, 8));
  exif.write('MM\0*\0\0\0\x08\xff\xff', 'latin1');
  return exif;
}

async function claimSize(width: number, height: number, progressive: boolean): Promise<Buffer> {
  const jpeg = await picture(64, 64).jpeg({ progressive, chromaSubsampling: '4:4:4' }).toBuffer();
  const frame = jpeg.indexOf(Buffer.of(0xff, progressive ? 0xc2 : 0xc0));
  jpeg.writeUInt16BE(height, frame + 5);
  jpeg.writeUInt16BE(width, frame + 7);
  return jpeg;
}

/** Scans of one coefficient each, which the coding allows. */
async function createScanBomb(): Promise<Buffer> {
  const jpeg = await picture(2000, 2000).jpeg({ progressive: true }).toBuffer();
  const scan = jpeg.lastIndexOf(Buffer.of(0xff, 0xda));
  const scans = Array.from({ length: 2000 }, () => jpeg.subarray(scan, -2));
  return Buffer.concat([jpeg.subarray(0, -2), ...scans, jpeg.subarray(-2)]);
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { readComposite } from '../../support/composites.ts';

/** Photos of people: looked at where they are there, never kept. */
const SHARED = fileURLToPath(new URL('../../../../shared/photos', import.meta.url));
const QUALITY = 92;
/** Of the pictures, which differ in how hard they are to compress. */
const MAX_PICTURES = 6;
const MAX_PADDING = 4096;

export interface Photos {
  readonly source: string;
  readonly pixels: number;
  /** A photo that has not been given out before, so that no cache knows it. */
  next(): Buffer;
}

/** JPEG photos of about a size, with one face each. */
export async function createPhotos(megapixels: number): Promise<Photos> {
  const names = existsSync(SHARED)
    ? readdirSync(SHARED).filter((name) => name.endsWith('.jpg'))
    : [];
  const pictures: Uint8Array[] = names
    .slice(0, MAX_PICTURES)
    .map((name) => readFileSync(join(SHARED, name)));
  if (pictures.length === 0) pictures.push(readComposite());
  const files = await Promise.all(pictures.map((picture) => resize(picture, megapixels)));
  let given = 0;
  return {
    source: names.length > 0 ? 'shared photos' : 'a composite',
    pixels: megapixels * 1e6,
    next: () => {
      const file = files[given % files.length] as Buffer;
      // Of another length, too, as different photos are.
      const comment = String(given).padEnd(8 + (given % MAX_PADDING));
      given++;
      return withComment(file, comment);
    },
  };
}

async function resize(picture: Uint8Array, megapixels: number): Promise<Buffer> {
  const { width, height } = await sharp(picture).metadata();
  const scale = Math.sqrt((megapixels * 1e6) / (width * height));
  return sharp(picture)
    .resize(Math.round(width * scale), Math.round(height * scale))
    .jpeg({ quality: QUALITY })
    .toBuffer();
}

/** The same picture in another file: a JPEG's comment (COM, ITU T.81 B.2.4.5) after its start. */
function withComment(jpeg: Buffer, comment: string): Buffer {
  const text = Buffer.from(comment);
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xfe, 0, 0]);
  head.writeUInt16BE(text.length + 2, 4);
  return Buffer.concat([head, text, jpeg.subarray(2)]);
}

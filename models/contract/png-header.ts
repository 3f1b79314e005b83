import { viewOf } from './bytes.ts';
import { readExifOrientation } from './exif-orientation.ts';
import type { Inflate, PhotoHeader } from './photo-header.ts';
import { type PngChunk, splitPngChunks } from './png-chunks.ts';

/** Bits of the header's colour type. */
const COLOUR = 2;
const ALPHA = 4;

/**
 * Reads size, colours, orientation and profile from a PNG's chunks.
 *
 * @throws Error when the file is no PNG, ends inside a chunk or has no header chunk
 */
export async function readPngHeader(png: Uint8Array, inflate: Inflate): Promise<PhotoHeader> {
  const chunks = splitPngChunks(png);
  const [header] = chunks;
  if (header?.type !== 'IHDR' || header.content.length < 10) {
    throw new Error('the PNG has no header chunk: it is damaged');
  }
  const view = viewOf(header.content);
  const colorType = view.getUint8(9);
  const isRgb = (colorType & COLOUR) !== 0;
  const find = (type: string): PngChunk | undefined => chunks.find((chunk) => chunk.type === type);
  const exif = find('eXIf');
  const profile = find('iCCP');
  return {
    format: 'png',
    width: view.getUint32(0),
    height: view.getUint32(4),
    orientation: exif ? readExifOrientation(exif.content) : 1,
    isRgb,
    hasAlpha: (colorType & ALPHA) !== 0 || find('tRNS') !== undefined,
    isLossless: true,
    icc: isRgb && profile !== undefined ? await unpackIcc(profile, inflate) : undefined,
    hasFullChroma: true,
    jpegQuality: undefined,
  };
}

/** Name, a zero, the method (0), the packed profile; undefined when it cannot be unpacked. */
async function unpackIcc({ content }: PngChunk, inflate: Inflate): Promise<Uint8Array | undefined> {
  const packed = content.subarray(content.indexOf(0) + 2);
  return inflate(packed).catch(() => undefined);
}

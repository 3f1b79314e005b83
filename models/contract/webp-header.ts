import { startsWithText, viewOf } from './bytes.ts';
import { readExifOrientation } from './exif-orientation.ts';
import { EXIF_SIGNATURE } from './jpeg-metadata.ts';
import type { PhotoHeader } from './photo-header.ts';
import { readWebpBitstream, splitWebpChunks } from './webp-chunks.ts';

const ALPHA_FLAG = 0x10;

/**
 * Reads size, orientation and profile from a WebP's chunks.
 *
 * @throws Error when the file is no WebP, ends inside a chunk or holds no picture
 */
export function readWebpHeader(webp: Uint8Array): PhotoHeader {
  const chunks = splitWebpChunks(webp);
  const contentOf = (name: string): Uint8Array | undefined =>
    chunks.find(({ type }) => type === name)?.content;
  const bitstream = readWebpBitstream(chunks);
  const extended = contentOf('VP8X');
  const exif = contentOf('EXIF');
  const size = extended && extended.length >= 10 ? readCanvas(extended) : bitstream;
  if (size === undefined) throw new Error('the WebP holds no picture: it is damaged');
  return {
    format: 'webp',
    width: size.width,
    height: size.height,
    orientation: exif ? readExifOrientation(withoutSignature(exif)) : 1,
    isRgb: true,
    hasAlpha: ((extended?.[0] ?? 0) & ALPHA_FLAG) !== 0 || (bitstream?.hasAlpha ?? false),
    isLossless: bitstream?.isLossless ?? false,
    icc: contentOf('ICCP'),
    hasFullChroma: false,
    jpegQuality: undefined,
  };
}

/** Sizes less one, 24 bits each, low byte first. */
function readCanvas(header: Uint8Array): { width: number; height: number } {
  const view = viewOf(header);
  const read = (at: number): number =>
    1 + view.getUint16(at, true) + view.getUint8(at + 2) * 0x10000;
  return { width: read(4), height: read(7) };
}

/** Some writers copy the signature that JPEG puts in front. */
function withoutSignature(exif: Uint8Array): Uint8Array {
  return startsWithText(exif, EXIF_SIGNATURE) ? exif.subarray(EXIF_SIGNATURE.length) : exif;
}

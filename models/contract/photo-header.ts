import { startsWithText } from './bytes.ts';
import type { Orientation } from './exif-orientation.ts';
import { readJpegHeader } from './jpeg-header.ts';
import { readPngHeader } from './png-header.ts';
import { readWebpHeader } from './webp-header.ts';

/** What a photo's file says about it, read without decoding it. */
export interface PhotoHeader {
  readonly format: 'jpeg' | 'png' | 'webp';
  /** Size as stored, in px: not yet turned upright. */
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
  /** False for grey, CMYK and the like, whose values mean nothing without their own profile. */
  readonly isRgb: boolean;
  readonly hasAlpha: boolean;
  readonly isLossless: boolean;
  /** The profile of its RGB values; sRGB when absent. */
  readonly icc: Uint8Array | undefined;
  /** Of a JPEG: whether its colours are as fine as its light, and its quality, 1 to 100. */
  readonly hasFullChroma: boolean;
  readonly jpegQuality: number | undefined;
}

/** Unpacks a zlib stream (RFC 1950): a PNG's profile is packed. */
export type Inflate = (bytes: Uint8Array) => Promise<Uint8Array>;

/**
 * Reads the header of a photo's file.
 *
 * @returns undefined when it is no JPEG, PNG or WebP
 * @throws Error when the file is damaged so early that it has no size
 */
export async function readPhotoHeader(
  file: Uint8Array,
  inflate: Inflate,
): Promise<PhotoHeader | undefined> {
  if (file[0] === 0xff && file[1] === 0xd8 && file[2] === 0xff) return readJpegHeader(file);
  if (startsWithText(file, '\x89PNG')) return readPngHeader(file, inflate);
  const isWebp = startsWithText(file, 'RIFF') && startsWithText(file.subarray(8), 'WEBP');
  return isWebp ? readWebpHeader(file) : undefined;
}

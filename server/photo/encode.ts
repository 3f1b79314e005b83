import sharp, { type Sharp } from 'sharp';
import { AI_EDIT_XMP, writeMetadata } from '../../models/contract/metadata.ts';
import type { Raster } from '../../models/contract/raster.ts';
import { jpegQualityFor, WEBP_QUALITY } from '../../models/contract/result-encoding.ts';
import { ProblemError } from '../problem.ts';
import type { DecodedPhoto } from './decode.ts';
import type { ImageFormat } from './formats.ts';

export type EncodeOptions = Pick<
  DecodedPhoto,
  'icc' | 'chromaSubsampling' | 'jpegQuality' | 'isLossless'
>;

/** Measured on photos: below this, untouched pixels move by more than a level on average. */
const AVIF_QUALITY = 92;

/** A JPEG spreads its profile over at most 255 segments (ICC.1 annex B.4). */
const MAX_JPEG_ICC_BYTES = 255 * 65_519;

/** Largest width or height in px that each format can hold. */
const MAX_SIDE: Readonly<Record<ImageFormat, number>> = {
  jpeg: 65_500,
  png: 2 ** 31 - 1,
  webp: 16_383,
  avif: 16_384,
};

/**
 * Encodes a raster. Nothing of the input file's metadata survives but its colour profile; the
 * picture is marked as edited by AI.
 *
 * @throws ProblemError BAD_PARAMETER when the format cannot hold the picture's size or profile
 */
export async function encodePhoto(
  raster: Raster,
  format: ImageFormat,
  options: EncodeOptions,
): Promise<Uint8Array> {
  const { width, height, channels, data } = raster;
  const maxSide = MAX_SIDE[format];
  if (Math.max(width, height) > maxSide) {
    throw new ProblemError(
      'BAD_PARAMETER',
      `format=${format} holds at most ${maxSide} px a side, the photo has ${width} x ${height}: ` +
        'ask for format=png',
    );
  }
  if (format === 'jpeg' && (options.icc?.length ?? 0) > MAX_JPEG_ICC_BYTES) {
    throw new ProblemError(
      'BAD_PARAMETER',
      `format=jpeg holds a colour profile of at most ${MAX_JPEG_ICC_BYTES} bytes, the photo's has ` +
        `${options.icc?.length}: ask for format=png`,
    );
  }
  const picture = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  if (format === 'avif') return encodeAvif(picture);
  const encoded = await compress(picture, format, options).toBuffer();
  return writeMetadata(encoded, `image/${format}`, options.icc ? { icc: options.icc } : {});
}

function compress(
  picture: Sharp,
  format: Exclude<ImageFormat, 'avif'>,
  { chromaSubsampling, jpegQuality, isLossless }: EncodeOptions,
): Sharp {
  if (format === 'png') return picture.png();
  if (format === 'webp') {
    return picture.webp(
      isLossless ? { lossless: true, exact: true } : { quality: WEBP_QUALITY, exact: true },
    );
  }
  // JPEG has no alpha: what was see-through becomes white, as a page shows it.
  const quality = jpegQualityFor(jpegQuality);
  return picture.flatten({ background: '#ffffff' }).jpeg({ quality, chromaSubsampling });
}

/** The container of AVIF is written by the encoder alone; its raster is sRGB (see `decodePhoto`). */
function encodeAvif(picture: Sharp): Promise<Uint8Array> {
  return picture
    .withXmp(AI_EDIT_XMP)
    .avif({ quality: AVIF_QUALITY, chromaSubsampling: '4:4:4', effort: 1 })
    .toBuffer();
}

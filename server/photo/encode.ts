import sharp, { type Sharp } from 'sharp';
import { AI_EDIT_XMP, writeMetadata } from '../../models/contract/metadata.ts';
import type { Raster } from '../../models/contract/raster.ts';
import { jpegQualityFor, WEBP_QUALITY } from '../../models/contract/result-encoding.ts';
import { ProblemError } from '../problem.ts';
import type { DecodedPhoto } from './decode.ts';
import type { ImageFormat } from './formats.ts';

export interface EncodeOptions
  extends Pick<DecodedPhoto, 'icc' | 'chromaSubsampling' | 'jpegQuality' | 'isLossless'> {
  /** Of a lossy format, 1 to 100. Undefined: as fine as the photo came. */
  readonly quality: number | undefined;
}

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
  if (format === 'avif') return encodeAvif(picture, options);
  const encoded = await compress(picture, format, options).toBuffer();
  return writeMetadata(encoded, `image/${format}`, options.icc ? { icc: options.icc } : {});
}

function compress(
  picture: Sharp,
  format: Exclude<ImageFormat, 'avif'>,
  { chromaSubsampling, jpegQuality, isLossless, quality }: EncodeOptions,
): Sharp {
  if (format === 'png') return picture.png();
  if (format === 'webp') {
    return picture.webp(
      isLossless && quality === undefined
        ? { lossless: true, exact: true }
        : { quality: quality ?? WEBP_QUALITY, exact: true },
    );
  }
  // JPEG has no alpha: what was see-through becomes white, as a page shows it.
  return picture.flatten({ background: '#ffffff' }).jpeg({
    quality: quality ?? jpegQualityFor(jpegQuality),
    chromaSubsampling,
    // It would save 1 to 2 % of the file, for twice the time and up to two copies of the picture.
    optimiseCoding: false,
  });
}

/** The container of AVIF is written by the encoder alone, which takes a profile from a file only. */
async function encodeAvif(
  picture: Sharp,
  { icc, quality = AVIF_QUALITY }: EncodeOptions,
): Promise<Uint8Array> {
  const source = icc === undefined ? picture : await attachProfile(picture, icc);
  return source
    .withXmp(AI_EDIT_XMP)
    .avif({ quality, chromaSubsampling: '4:4:4', effort: 0 })
    .toBuffer();
}

async function attachProfile(picture: Sharp, icc: Uint8Array): Promise<Sharp> {
  const png = await picture.png({ compressionLevel: 0 }).toBuffer();
  const file = writeMetadata(png, 'image/png', { icc });
  // The values stay as they are: keeping a profile takes it as it is found.
  return sharp(file, { limitInputPixels: false }).keepIccProfile();
}

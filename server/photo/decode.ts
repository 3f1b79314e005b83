import sharp, { type Metadata, type SharpOptions } from 'sharp';
import { estimateJpegQuality } from '../../models/contract/jpeg-quality.ts';
import type { Raster } from '../../models/contract/raster.ts';
import { ProblemError } from '../problem.ts';
import { isLosslessWebp, type PhotoFormat, requirePhotoFormat } from './formats.ts';

/** JPEG's own limit. Decoders work row by row: a PNG of 1 x 40 million px takes half a minute. */
const MAX_SIDE = 65_535;

/** A photo in memory, upright, with what its encoder needs to know about the file it came from. */
export interface DecodedPhoto {
  readonly raster: Raster;
  readonly format: PhotoFormat;
  /** The profile that the raster's RGB values are in; undefined means sRGB. */
  readonly icc: Uint8Array | undefined;
  readonly chromaSubsampling: '4:2:0' | '4:4:4';
  /** Of a JPEG file, 1 to 100 as libjpeg counts. */
  readonly jpegQuality: number | undefined;
  readonly isLossless: boolean;
}

export interface DecodeLimits {
  readonly maxPixels: number;
}

/**
 * Decodes a photo once, at full size: EXIF orientation applied, 8 bits a sample, RGB or RGBA. RGB
 * values and their profile stay as they are; CMYK and grey become sRGB.
 *
 * @param asSrgb convert RGB values to sRGB too, for encoders that cannot keep the profile
 * @throws ProblemError TYPE_NOT_ALLOWED, PIXELS_TOO_MANY (before decoding) or IMAGE_CORRUPT
 */
export async function decodePhoto(
  file: Uint8Array,
  { maxPixels }: DecodeLimits,
  asSrgb: boolean,
): Promise<DecodedPhoto> {
  const format = requirePhotoFormat(file);
  // Reading the header costs little at any size, so that the limit is ours and names its numbers.
  const metadata = await readOrRefuse(() => sharp(file, { limitInputPixels: false }).metadata());
  const { width, height } = metadata;
  if (width * height > maxPixels) {
    throw new ProblemError(
      'PIXELS_TOO_MANY',
      `the photo has ${width} x ${height} pixels, at most ${maxPixels} are taken: make it smaller`,
    );
  }
  if (Math.max(width, height) > MAX_SIDE) {
    throw new ProblemError(
      'PIXELS_TOO_MANY',
      `the photo has ${width} x ${height} pixels, at most ${MAX_SIDE} a side are taken: cut it`,
    );
  }
  const keepsProfile = isRgb(metadata) && !asSrgb;
  const options: SharpOptions = {
    limitInputPixels: maxPixels,
    failOn: 'error',
    ignoreIcc: keepsProfile,
  };
  const { data, info } = await readOrRefuse(() =>
    sharp(file, options)
      .autoOrient()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true }),
  );
  return {
    raster: {
      width: info.width,
      height: info.height,
      channels: rasterChannels(info.channels),
      data,
    },
    format,
    icc: keepsProfile ? metadata.icc : undefined,
    // The encoder knows no 4:2:2 or 4:4:0: the finer one loses nothing.
    chromaSubsampling: metadata.chromaSubsampling?.startsWith('4:2:0') ? '4:2:0' : '4:4:4',
    jpegQuality: format === 'jpeg' ? estimateJpegQuality(file) : undefined,
    isLossless: format === 'webp' && isLosslessWebp(file),
  };
}

/** Grey, CMYK and the like have values that mean nothing without their own profile. */
function isRgb({ space }: Metadata): boolean {
  return space === 'srgb' || space === 'rgb' || space === 'rgb16';
}

function rasterChannels(channels: number): 3 | 4 {
  if (channels === 3 || channels === 4) return channels;
  throw new ProblemError(
    'IMAGE_CORRUPT',
    `the photo has ${channels} channels, expected RGB with or without alpha: save it as RGB`,
  );
}

/** The decoder throws for what is wrong with the file: the client's fault, not ours. */
async function readOrRefuse<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProblemError(
      'IMAGE_CORRUPT',
      `the photo cannot be decoded (${reason}): it is damaged or incomplete, send the whole file`,
    );
  }
}

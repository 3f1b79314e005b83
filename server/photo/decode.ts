import sharp, { type Metadata, type SharpOptions } from 'sharp';
import { estimateJpegQuality } from '../../models/contract/jpeg-quality.ts';
import type { Raster } from '../../models/contract/raster.ts';
import { ProblemError } from '../problem.ts';
import { removeCostlyParts } from './costly-parts.ts';
import { isLosslessWebp, type PhotoFormat } from './formats.ts';
import { damagedPhoto } from './headers/byte-reader.ts';
import { findInputFormats } from './input-formats.ts';
import { requirePhoto } from './probe-photo.ts';

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
 * @throws ProblemError TYPE_NOT_ALLOWED, PIXELS_TOO_MANY (before decoding) or IMAGE_CORRUPT
 */
export async function decodePhoto(
  file: Uint8Array,
  { maxPixels }: DecodeLimits,
): Promise<DecodedPhoto> {
  const inputFormats = await findInputFormats();
  const { format } = requirePhoto(file, { maxPixels, inputFormats });
  const lean = removeCostlyParts(file, format);
  const metadata = await readOrRefuse(() =>
    sharp(lean, { limitInputPixels: maxPixels }).metadata(),
  );
  const keepsProfile = isRgb(metadata);
  const options: SharpOptions = {
    limitInputPixels: maxPixels,
    failOn: 'error',
    ignoreIcc: keepsProfile,
  };
  const { data, info } = await readOrRefuse(() =>
    sharp(lean, options)
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
    // A decoder may add a line for every part that it stumbles over.
    const [reason = ''] = String(error instanceof Error ? error.message : error).split('\n');
    throw damagedPhoto(reason);
  }
}

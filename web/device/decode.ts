import { type ColorProfile, parseColorProfile } from '../../models/contract/color-profile.ts';
import { liesOnSide } from '../../models/contract/exif-orientation.ts';
import { writeMetadata } from '../../models/contract/metadata.ts';
import { type PhotoHeader, readPhotoHeader } from '../../models/contract/photo-header.ts';
import { drawingContext } from './canvas.ts';
import { DeviceError } from './device-error.ts';
import { PhotoPixels } from './photo-pixels.ts';
import type { DeviceNotice } from './protocol.ts';
import { turnUpright } from './turn-upright.ts';

/** A photo in memory, with what its encoder needs to know about the file it came from. */
export interface DecodedPhoto {
  readonly pixels: PhotoPixels;
  /** Undefined for files of which only the browser knows how to read them. */
  readonly header: PhotoHeader | undefined;
  /** Of the values: those of the file, or sRGB when undefined. */
  readonly profile: ColorProfile | undefined;
  readonly notices: readonly DeviceNotice[];
}

/** Pixels that a device of this memory holds without being short of it. */
const MAX_PIXELS_BY_GIB: readonly (readonly [gib: number, pixels: number])[] = [
  [8, 64e6],
  [4, 32e6],
  [0, 16e6],
];
/** Of Safari and Firefox, which do not tell: as for a phone. */
const ASSUMED_GIB = 4;
/** Of formats whose header is not read: the decoder finds out. */
const NO_SIZE = { width: 0, height: 0 };

/**
 * Decodes a photo once: upright, in the file's own RGB values. Grey and CMYK become sRGB. What this
 * device cannot hold at full size is shrunk while it is decoded.
 *
 * @throws DeviceError TYPE_NOT_ALLOWED, PIXELS_TOO_MANY, MEMORY_SHORT or IMAGE_CORRUPT
 */
export async function decodePhoto(file: Blob, maxPixels: number): Promise<DecodedPhoto> {
  const header = await readHeader(file);
  if (header && header.width * header.height > maxPixels) {
    throw new DeviceError(
      'PIXELS_TOO_MANY',
      `the photo has ${header.width} x ${header.height} pixels, at most ${maxPixels} are taken`,
    );
  }
  // What other formats hold is converted: only these tell us their profile.
  const keepsValues = header?.isRgb === true;
  const { pixels, notices } = await decodePixels(file, header, keepsValues);
  const icc = keepsValues ? header.icc : undefined;
  return { pixels, header, profile: icc && parseColorProfile(icc), notices };
}

async function readHeader(file: Blob): Promise<PhotoHeader | undefined> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    return await readPhotoHeader(bytes, inflate);
  } catch (error) {
    throw new DeviceError('IMAGE_CORRUPT', String(error));
  }
}

async function inflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes.slice()]).stream();
  const inflated = stream.pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}

async function decodePixels(
  file: Blob,
  header: PhotoHeader | undefined,
  keepsValues: boolean,
): Promise<Pick<DecodedPhoto, 'pixels' | 'notices'>> {
  const options: ImageBitmapOptions = {
    imageOrientation: 'from-image',
    colorSpaceConversion: keepsValues ? 'none' : 'default',
    premultiplyAlpha: 'premultiply',
  };
  // Some browsers turn a WebP by its EXIF and some do not: it is decoded without, and turned here.
  const turn =
    header?.format === 'webp' && header.orientation !== 1 ? header.orientation : undefined;
  const source = turn ? await withoutExif(file) : file;
  const { width, height } = header && !turn ? uprightSize(header) : (header ?? NO_SIZE);
  for (let scale = scaleFor(width * height); ; scale /= Math.SQRT2) {
    const isReduced = scale < 1;
    const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
    const resize: ImageBitmapOptions = isReduced
      ? { resizeWidth: size.width, resizeHeight: size.height, resizeQuality: 'high' }
      : {};
    const bitmap = await createImageBitmap(source, { ...options, ...resize }).catch(
      () => undefined,
    );
    if (bitmap && canDraw(bitmap)) {
      const pixels = new PhotoPixels(turn ? turnUpright(bitmap, turn) : bitmap);
      const reduced = { kind: 'reduced', width: pixels.width, height: pixels.height } as const;
      return { pixels, notices: isReduced ? [reduced] : [] };
    }
    bitmap?.close();
    // A photo of a few megapixels that cannot be decoded is not too large, but damaged.
    if (width * height * scale * scale < 4e6) throw refusal(header, bitmap !== undefined);
  }
}

async function withoutExif(webp: Blob): Promise<Blob> {
  const bytes = new Uint8Array(await webp.arrayBuffer());
  return new Blob([writeMetadata(bytes, 'image/webp', {}) as Uint8Array<ArrayBuffer>]);
}

function refusal(header: PhotoHeader | undefined, isDecoded: boolean): DeviceError {
  if (isDecoded) return new DeviceError('MEMORY_SHORT', 'there is no memory for the photo');
  return header
    ? new DeviceError('IMAGE_CORRUPT', 'the browser cannot decode the photo')
    : new DeviceError('TYPE_NOT_ALLOWED', 'the browser does not know this kind of file');
}

function uprightSize({ width, height, orientation }: PhotoHeader): {
  width: number;
  height: number;
} {
  return liesOnSide(orientation) ? { width: height, height: width } : { width, height };
}

function scaleFor(pixels: number): number {
  const { deviceMemory } = navigator as Navigator & { readonly deviceMemory?: number };
  const gib = deviceMemory ?? ASSUMED_GIB;
  const maxPixels = MAX_PIXELS_BY_GIB.find(([from]) => gib >= from)?.[1] ?? pixels;
  return pixels > maxPixels ? Math.sqrt(maxPixels / pixels) : 1;
}

/** A canvas beyond what a browser allows throws, or stays empty: its last pixel shows it. */
function canDraw({ width, height }: ImageBitmap): boolean {
  try {
    const context = drawingContext(width, height, false);
    context.fillRect(width - 1, height - 1, 1, 1);
    const isDrawn = context.getImageData(width - 1, height - 1, 1, 1).data[3] === 255;
    // Gives its memory back at once.
    context.canvas.width = 0;
    return isDrawn;
  } catch {
    return false;
  }
}

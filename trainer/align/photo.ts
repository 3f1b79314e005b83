import sharp from 'sharp';
import type { Raster } from '../../models/contract/raster.ts';

/** What sharp reads and may be a photo; it would draw an SVG or a PDF page too. */
const FORMATS: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'heif', 'gif', 'tiff']);

/**
 * Decodes a photo as the service does: upright by its EXIF orientation, 8 bits a sample. Here its
 * colours become sRGB at once, since only the aligned face is kept.
 *
 * @throws Error that says why the file is no photo
 */
export async function decodePhoto(file: Uint8Array): Promise<Raster> {
  const { format } = await sharp(file).metadata();
  if (!FORMATS.has(format)) throw new Error(`is a ${format} file, expected a photo`);
  const { data, info } = await sharp(file)
    .autoOrient()
    .toColourspace('srgb')
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`has ${info.channels} channels, expected RGB`);
  return { width: info.width, height: info.height, channels: 3, data };
}

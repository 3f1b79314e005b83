import sharp from 'sharp';
import type { Raster } from '../../models/contract/raster.ts';

/** Decodes a picture as RGB. */
export async function readRaster(file: Buffer): Promise<Raster> {
  const { data, info } = await sharp(file)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data };
}

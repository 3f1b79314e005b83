import { join } from 'node:path';
import sharp from 'sharp';
import { readComposite } from '../../support/composites.ts';

/** A JPEG of one composite face with the noise of a camera. Returns its path in `folder`. */
export async function writePhoto(folder: string, width: number, height: number): Promise<string> {
  const path = join(folder, `${width}x${height}.jpg`);
  const noise = { type: 'gaussian', mean: 128, sigma: 6 } as const;
  const tile = { width: 512, height: 512, channels: 3, background: '#808080', noise } as const;
  const grain = await sharp({ create: tile }).png().toBuffer();
  await sharp(readComposite())
    .resize(width, height, { fit: 'contain', background: '#7a7468' })
    .composite([{ input: grain, tile: true, blend: 'soft-light' }])
    .jpeg({ quality: 90 })
    .toFile(path);
  return path;
}

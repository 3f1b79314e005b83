import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/** A composite portrait of 640x800 px, with one face. */
export const COMPOSITE = fileURLToPath(
  new URL('../fixtures/composites/man-white.jpg', import.meta.url),
);

/**
 * Two people beside each other, 1000x640 px: the larger face on the left, the smaller on the right,
 * both away from the middle.
 */
export async function groupPhoto() {
  const woman = new URL('../fixtures/composites/woman-indian.jpg', import.meta.url);
  const [left, right] = await Promise.all([
    sharp(COMPOSITE).resize(480).toBuffer(),
    sharp(fileURLToPath(woman)).resize(400).toBuffer(),
  ]);
  const ground = { width: 1000, height: 640, channels: 3, background: '#7d7a80' } as const;
  const buffer = await sharp({ create: ground })
    .composite([
      { input: left, left: 0, top: 20 },
      { input: right, left: 590, top: 60 },
    ])
    .jpeg({ quality: 92 })
    .toBuffer();
  return { name: 'friends.jpg', mimeType: 'image/jpeg', buffer };
}

/** Turned by its EXIF orientation alone, as phones store a portrait. */
export async function lyingPhoto() {
  const buffer = await sharp(COMPOSITE)
    .rotate(-90)
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 90 })
    .toBuffer();
  return { name: 'lying down.jpeg', mimeType: 'image/jpeg', buffer };
}

/** No picture, whatever its name says. */
export async function textFile(): Promise<Buffer> {
  return Buffer.from('Dear diary');
}

/** As a connection that broke would leave it. */
export async function halfPhoto(): Promise<Buffer> {
  const file = await readFile(COMPOSITE);
  return file.subarray(0, file.length / 2);
}

/** A photo without a face. */
export async function wallPhoto(): Promise<Buffer> {
  const wall = { width: 300, height: 200, channels: 3, background: '#8a9a90' } as const;
  return sharp({ create: wall }).png().toBuffer();
}

/** A small picture of about 470 kB: noise does not compress. */
export async function noisePhoto(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const size = { width: 400, height: 400, channels: 3, background: '#000' } as const;
  return sharp({ create: { ...size, noise } })
    .png()
    .toBuffer();
}

import sharp from 'sharp';
import type { Random } from '../../random.ts';

/** Share of faces that are blurred, and of those that go through JPEG. */
const BLUR_SHARE = 0.3;
const JPEG_SHARE = 0.3;
/** Brightness moves by up to this share of the range, contrast by this factor. */
const LIGHT_RANGE = 0.25;

/**
 * A random view of a face, so that an instrument does not judge by low-level traces: brightness,
 * contrast, 3x3 blur and JPEG of quality 40 to 90. (Shift and mirroring belong to the sampling.)
 *
 * @param levels uint8 RGB, [height, width, 3]; not changed
 */
export async function augmentFace(
  levels: Uint8Array,
  width: number,
  height: number,
  random: Random,
): Promise<Uint8Array> {
  let face = changeLight(levels, random);
  if (random.uniform() < BLUR_SHARE) face = blur3(face, width, height);
  if (random.uniform() < JPEG_SHARE) {
    face = await throughJpeg(face, width, height, random.integer(40, 90));
  }
  return face;
}

function changeLight(levels: Uint8Array, random: Random): Uint8Array {
  const shift = (2 * random.uniform() - 1) * LIGHT_RANGE * 255;
  const contrast = 1 + (2 * random.uniform() - 1) * LIGHT_RANGE;
  const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
  return Uint8Array.from(levels, (level) =>
    Math.min(255, Math.max(0, Math.round((level - mean) * contrast + mean + shift))),
  );
}

/** Mean of each 3x3 neighbourhood, the border repeated. */
function blur3(levels: Uint8Array, width: number, height: number): Uint8Array {
  const out = new Uint8Array(levels.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            const row = clampTo(y + dy, height) * width;
            sum += levels[(row + clampTo(x + dx, width)) * 3 + c] as number;
          }
        }
        out[(y * width + x) * 3 + c] = Math.round(sum / 9);
      }
    }
  }
  return out;
}

function clampTo(value: number, size: number): number {
  return Math.min(size - 1, Math.max(0, value));
}

/** What remains of a face, uint8 RGB [height, width, 3], after JPEG of a quality from 1 to 100. */
export async function throughJpeg(
  levels: Uint8Array,
  width: number,
  height: number,
  quality: number,
): Promise<Uint8Array> {
  const encoded = await sharp(levels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality })
    .toBuffer();
  return sharp(encoded).raw().toBuffer();
}

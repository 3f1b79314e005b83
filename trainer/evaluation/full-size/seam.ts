import type { CropGeometry } from '../../../models/contract/crop.ts';
import type { Similarity } from '../../../models/contract/geometry.ts';
import { maskAt } from '../../../models/contract/mask.ts';
import type { Raster } from '../../../models/contract/raster.ts';

/** A pixel belongs to a face from this share of the change on: less moves no level by one. */
const MIN_MASK = 1 / 255;

/**
 * How much more a result jumps than its photo where the face's mask ends: on the outermost ring of
 * pixels under the mask, (mean gradient across the ring in the result + 1) / (the same in the photo
 * + 1), in grey levels per px. 1 when the blend leaves no trace.
 *
 * @param result of the photo's size, as handed to the encoder
 * @returns undefined when the photo shows no part of the ring
 */
export function seamRatio(
  photo: Raster,
  result: Raster,
  photoToCrop: Similarity,
  geometry: CropGeometry,
): number | undefined {
  const under = pixelsUnderMask(photo, photoToCrop, geometry);
  const { width, height, channels } = photo;
  let before = 0;
  let after = 0;
  let count = 0;
  const cross = (i: number, step: number): void => {
    // From the pixel outside the ring to the one inside it: both must be what their names say.
    if (under[i + step] === 1 || under[i - step] === 0) return;
    const [outer, inner] = [(i + step) * channels, (i - step) * channels];
    before += gradient(photo.data, outer, inner);
    after += gradient(result.data, outer, inner);
    count++;
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (under[i] === 0) continue;
      if (x > 0 && x < width - 1) [1, -1].forEach((step) => cross(i, step));
      if (y > 0 && y < height - 1) [width, -width].forEach((step) => cross(i, step));
    }
  }
  return count === 0 ? undefined : (after / count + 1) / (before / count + 1);
}

/** 1 for each pixel of the photo that lies under the face's mask. */
function pixelsUnderMask(
  { width, height }: Raster,
  { a, b, tx, ty }: Similarity,
  geometry: CropGeometry,
): Uint8Array {
  const under = new Uint8Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const cropX = a * (x + 0.5) - b * (y + 0.5) + tx;
      const cropY = b * (x + 0.5) + a * (y + 0.5) + ty;
      if (maskAt(geometry, cropX, cropY) > MIN_MASK) under[i] = 1;
    }
  }
  return under;
}

/** Mean over red, green and blue between two pixels that lie 2 px apart, in levels per px. */
function gradient(levels: Uint8Array, i: number, j: number): number {
  let sum = 0;
  for (let c = 0; c < 3; c++)
    sum += Math.abs((levels[i + c] as number) - (levels[j + c] as number));
  return sum / 6;
}

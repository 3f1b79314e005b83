import type { CropGeometry } from './crop.ts';
import { prepareField, type SampledField, sampleField } from './field.ts';
import {
  applySimilarity,
  boundsOf,
  cornersOf,
  invertSimilarity,
  type Similarity,
  scaleOf,
} from './geometry.ts';
import { maskAt } from './mask.ts';
import type { Raster } from './raster.ts';
import { changeAt, describeChange } from './transfer.ts';

/** One face's change at crop size, and where the crop lies in the photo. */
export interface FaceChange {
  /** From photo px to crop px. */
  readonly photoToCrop: Similarity;
  /** The face as sampled from the photo, in the photo's own RGB values. */
  readonly crop: Raster;
  /** What to add to the crop, RGB interleaved, in the same values. */
  readonly change: Float32Array;
}

/** A change that is made ready for photos of one size, and where the crop lies in the photo. */
export interface ReadyChange {
  readonly photoToCrop: Similarity;
  readonly field: SampledField;
}

/**
 * Makes over one face in `result`, which starts as a copy of the photo. Only pixels under the
 * face's mask are touched. Where masks of faces overlap, a later face covers an earlier one.
 *
 * @param strength share of the change, 0 to 1
 */
export function blendFace(
  photo: Raster,
  result: Raster,
  change: FaceChange,
  geometry: CropGeometry,
  strength: number,
): void {
  blendReady(photo, result, readyChange(change), geometry, strength);
}

/** The part of blending that does not depend on the photo's pixels. */
export function readyChange({ photoToCrop, crop, change }: FaceChange): ReadyChange {
  const field = prepareField(describeChange(crop, change), scaleOf(photoToCrop));
  return { photoToCrop, field };
}

/**
 * Blends a change that is ready, as `blendFace` does. The photo may be a part of the one that the
 * change was made ready for, if `photoToCrop` is shifted accordingly.
 */
export function blendReady(
  photo: Raster,
  result: Raster,
  { photoToCrop, field }: ReadyChange,
  geometry: CropGeometry,
  strength: number,
): void {
  const { a, b, tx, ty } = photoToCrop;
  const sample = new Float32Array(field.channels);
  const pixelChange = new Float32Array(3);
  const { left, top, right, bottom } = coveredRegion(photo, photoToCrop, geometry);
  for (let y = top; y < bottom; y++) {
    let i = (y * photo.width + left) * photo.channels;
    for (let x = left; x < right; x++, i += photo.channels) {
      const cropX = a * (x + 0.5) - b * (y + 0.5) + tx;
      const cropY = b * (x + 0.5) + a * (y + 0.5) + ty;
      const mask = maskAt(geometry, cropX, cropY);
      if (mask === 0) continue;
      sampleField(field, cropX, cropY, sample);
      changeAt(
        sample,
        photo.data[i] as number,
        photo.data[i + 1] as number,
        photo.data[i + 2] as number,
        pixelChange,
      );
      for (let c = i; c < i + 3; c++) {
        const madeOver = (photo.data[c] as number) + strength * (pixelChange[c - i] as number);
        const before = result.data[c] as number;
        const blended = before + mask * (madeOver - before);
        result.data[c] = Math.max(0, Math.min(255, Math.round(blended)));
      }
    }
  }
}

/** The part of the photo in which a face's crop lies, in whole pixels. */
export function coveredRegion(
  photo: Pick<Raster, 'width' | 'height'>,
  photoToCrop: Similarity,
  { width, height }: CropGeometry,
): { left: number; top: number; right: number; bottom: number } {
  const cropToPhoto = invertSimilarity(photoToCrop);
  const corners = cornersOf({ x: 0, y: 0, width, height });
  const bounds = boundsOf(corners.map((corner) => applySimilarity(cropToPhoto, corner)));
  return {
    left: Math.max(0, Math.floor(bounds.x)),
    top: Math.max(0, Math.floor(bounds.y)),
    right: Math.min(photo.width, Math.ceil(bounds.x + bounds.width)),
    bottom: Math.min(photo.height, Math.ceil(bounds.y + bounds.height)),
  };
}

/** Whether the regions of any two faces have a pixel in common. */
export function haveOverlap(
  photo: Pick<Raster, 'width' | 'height'>,
  places: readonly Similarity[],
  geometry: CropGeometry,
): boolean {
  const regions = places.map((place) => coveredRegion(photo, place, geometry));
  return regions.some((one, i) =>
    regions
      .slice(i + 1)
      .some(
        (other) =>
          one.left < other.right &&
          other.left < one.right &&
          one.top < other.bottom &&
          other.top < one.bottom,
      ),
  );
}

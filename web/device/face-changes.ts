import { coveredRegion, type FaceChange } from '../../models/contract/blend.ts';
import type { ColorProfile } from '../../models/contract/color-profile.ts';
import { alignFace } from '../../models/contract/crop.ts';
import type { Face } from '../../models/contract/face.ts';
import { invertSimilarity, type Similarity, scaleOf } from '../../models/contract/geometry.ts';
import { changeFaces, type LoadedGenerator } from '../../models/contract/pipeline.ts';
import type { Raster } from '../../models/contract/raster.ts';
import type { PhotoPixels } from './photo-pixels.ts';
import { ofPart } from './placement.ts';

/** A face of a photo, with what a generator changes in it. */
export interface PhotoChange extends FaceChange {
  /** The face's id. */
  readonly id: number;
}

/**
 * What a generator changes in the faces of a photo.
 *
 * @param whole the photo, where it is at hand at full size; else each face is read for itself
 */
export async function changePhoto(
  pixels: PhotoPixels,
  whole: Raster | undefined,
  profile: ColorProfile | undefined,
  faces: readonly Face[],
  generator: LoadedGenerator,
): Promise<PhotoChange[]> {
  const places = faces.map(({ points }) => alignFace(points, generator.manifest.crop));
  const changed = whole
    ? await changeFaces({ raster: whole, profile }, places, generator)
    : await changeOneByOne(pixels, profile, places, generator);
  return changed.map(({ change }, i) => ({
    ...change,
    photoToCrop: places[i] as Similarity,
    id: (faces[i] as Face).id,
  }));
}

async function changeOneByOne(
  pixels: PhotoPixels,
  profile: ColorProfile | undefined,
  places: readonly Similarity[],
  generator: LoadedGenerator,
): ReturnType<typeof changeFaces> {
  const changed = [];
  for (const place of places) {
    const region = coveredRegion(pixels, place, generator.manifest.crop);
    // The crop's outermost pixels average the photo up to two of theirs beyond its border.
    const margin = Math.ceil(2 * scaleOf(invertSimilarity(place))) + 2;
    const left = Math.max(0, region.left - margin);
    const top = Math.max(0, region.top - margin);
    const right = Math.min(pixels.width, region.right + margin);
    const bottom = Math.min(pixels.height, region.bottom + margin);
    const raster = pixels.read(left, top, right - left, bottom - top);
    changed.push(
      ...(await changeFaces({ raster, profile }, [ofPart(place, left, top)], generator)),
    );
  }
  return changed;
}

import { blendReady, type ReadyChange, readyChange } from '../../models/contract/blend.ts';
import type { CropGeometry } from '../../models/contract/crop.ts';
import type { Raster } from '../../models/contract/raster.ts';
import type { PhotoChange } from './face-changes.ts';
import type { PhotoPixels } from './photo-pixels.ts';
import { ofCopy } from './placement.ts';

/** A small copy of a photo, with the changes of its faces made ready for its size. */
export class Preview {
  readonly #photo: Raster;
  readonly #geometry: CropGeometry;
  readonly #changes: readonly { readonly id: number; readonly ready: ReadyChange }[];

  /** @param maxSide of the copy in px; it is never larger than the photo */
  constructor(
    pixels: PhotoPixels,
    changes: readonly PhotoChange[],
    geometry: CropGeometry,
    maxSide: number,
  ) {
    const scale = Math.min(1, maxSide / Math.max(pixels.width, pixels.height));
    const width = Math.max(1, Math.round(pixels.width * scale));
    const height = Math.max(1, Math.round(pixels.height * scale));
    this.#photo = pixels.shrink(width, height);
    this.#geometry = geometry;
    this.#changes = changes.map((change) => ({
      id: change.id,
      ready: readyChange({ ...change, photoToCrop: ofCopy(change.photoToCrop, scale) }),
    }));
  }

  /**
   * The copy made over.
   *
   * @param strength 0 to 1
   * @param faces ids of those that are made over
   */
  blend(strength: number, faces: readonly number[]): Raster {
    const result = { ...this.#photo, data: this.#photo.data.slice() };
    const chosen = this.#changes.filter(({ id }) => faces.includes(id));
    for (const { ready } of chosen.toReversed()) {
      blendReady(this.#photo, result, ready, this.#geometry, strength);
    }
    return result;
  }
}

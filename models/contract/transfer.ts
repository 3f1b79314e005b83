import type { Field } from './field.ts';
import type { Raster } from './raster.ts';

/**
 * A way to bring a change that was made at crop size to the photo's full size, keeping the photo's
 * own detail.
 */
export interface Transfer {
  /**
   * What has to be known of a crop, at crop size.
   *
   * @param crop the face as sampled from the photo, in the photo's own RGB values
   * @param change RGB interleaved, in the same values
   */
  describe(crop: Raster, change: Float32Array): Field;
  /**
   * The change of one pixel of the photo.
   *
   * @param sample the described field's values at the pixel
   * @param change receives red, green and blue
   */
  changeAt(
    sample: Float32Array,
    red: number,
    green: number,
    blue: number,
    change: Float32Array,
  ): void;
}

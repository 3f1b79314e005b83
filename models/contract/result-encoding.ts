/** A JPEG that came in a finer quality keeps its own, so that it does not lose by passing here. */
const MIN_JPEG_QUALITY = 92;

/** Measured on photos: below this, untouched pixels move by more than a level on average. */
export const WEBP_QUALITY = 98;

/**
 * The quality, 1 to 100, that a made-over JPEG is encoded in.
 *
 * @param own the photo's own quality, where it is known
 */
export function jpegQualityFor(own: number | undefined): number {
  return Math.max(MIN_JPEG_QUALITY, own ?? 0);
}

import type { Raster } from '../../models/contract/raster.ts';

/**
 * A canvas to draw on. Pixels are drawn as they are, never smoothed, unless that is switched on.
 *
 * @param isRead whether its pixels will be read back
 * @throws Error when the device has no memory for it
 */
export function drawingContext(
  width: number,
  height: number,
  isRead: boolean,
): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', {
    willReadFrequently: isRead,
  });
  if (!context) throw new Error(`there is no memory for a picture of ${width} x ${height} px`);
  context.imageSmoothingEnabled = false;
  return context;
}

/** Puts an RGBA raster into a canvas. */
export function putRaster(
  context: OffscreenCanvasRenderingContext2D,
  { width, data }: Raster,
  left: number,
  top: number,
): void {
  const pixels = new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, data.length);
  context.putImageData(new ImageData(pixels, width), left, top);
}

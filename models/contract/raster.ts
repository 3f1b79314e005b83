/**
 * A picture in memory: 8 bits a sample, interleaved, rows from top to bottom, upright.
 * Sample c of pixel (x, y) is `data[(y * width + x) * channels + c]`; channels are R, G, B and,
 * where there are four, alpha (not premultiplied).
 */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly data: Uint8Array;
}

/** Makes an all-zero raster. */
export function createRaster(width: number, height: number, channels: 3 | 4 = 3): Raster {
  return { width, height, channels, data: new Uint8Array(width * height * channels) };
}

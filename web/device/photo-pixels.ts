import { createRaster, type Raster } from '../../models/contract/raster.ts';
import { drawingContext } from './canvas.ts';

/** A band of this many rows at a time crosses from the decoder to us: 8 MB at 8,000 px a row. */
const BAND_ROWS = 256;

/**
 * The pixels of a decoded photo, upright. They stay with the browser, which may keep them where it
 * likes; only the parts that are asked for are copied.
 */
export class PhotoPixels {
  readonly width: number;
  readonly height: number;
  readonly #bitmap: ImageBitmap;

  constructor(bitmap: ImageBitmap) {
    this.#bitmap = bitmap;
    this.width = bitmap.width;
    this.height = bitmap.height;
  }

  /** A part of the photo as it is, RGBA. */
  read(left: number, top: number, width: number, height: number): Raster {
    const context = drawingContext(width, height, true);
    context.drawImage(this.#bitmap, left, top, width, height, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return { width, height, channels: 4, data: new Uint8Array(data.buffer) };
  }

  /**
   * The whole photo in a canvas of its own.
   *
   * @param isOpaque whether what is see-through becomes white, as a page shows it
   */
  draw(isOpaque: boolean): OffscreenCanvasRenderingContext2D {
    const context = drawingContext(this.width, this.height, false);
    if (isOpaque) {
      context.fillStyle = '#fff';
      context.fillRect(0, 0, this.width, this.height);
    }
    context.drawImage(this.#bitmap, 0, 0);
    return context;
  }

  /** The photo shrunk to a size, for looking at it. */
  shrink(width: number, height: number): Raster {
    const context = drawingContext(width, height, true);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.#bitmap, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return { width, height, channels: 4, data: new Uint8Array(data.buffer) };
  }

  /**
   * The whole photo, or, where it has more than `maxPixels`, the averages of its blocks of
   * `factor` x `factor` px. What is left over at the right and bottom is left out.
   */
  readAll(maxPixels: number): { readonly raster: Raster; readonly factor: number } {
    const factor = Math.ceil(Math.sqrt((this.width * this.height) / maxPixels));
    if (factor <= 1) return { raster: this.read(0, 0, this.width, this.height), factor: 1 };
    const width = Math.floor(this.width / factor);
    const height = Math.floor(this.height / factor);
    const raster = createRaster(width, height);
    const rows = Math.max(1, Math.floor(BAND_ROWS / factor));
    for (let top = 0; top < height; top += rows) {
      const count = Math.min(rows, height - top);
      const band = this.read(0, top * factor, width * factor, count * factor);
      averageBlocks(band, factor, raster.data.subarray(top * width * 3));
    }
    return { raster, factor };
  }

  /** Gives the memory back. */
  close(): void {
    this.#bitmap.close();
  }
}

/** Averages RGBA blocks of `size` x `size` px into RGB pixels. */
function averageBlocks({ width, height, data }: Raster, size: number, averages: Uint8Array): void {
  const count = size * size;
  for (let y = 0, to = 0; y < height; y += size) {
    for (let x = 0; x < width; x += size, to += 3) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let row = y; row < y + size; row++) {
        const end = 4 * (row * width + x + size);
        for (let i = 4 * (row * width + x); i < end; i += 4) {
          red += data[i] as number;
          green += data[i + 1] as number;
          blue += data[i + 2] as number;
        }
      }
      averages[to] = Math.round(red / count);
      averages[to + 1] = Math.round(green / count);
      averages[to + 2] = Math.round(blue / count);
    }
  }
}

import { type PhotoFormat, sniffFormat } from './formats.ts';

/**
 * What a worker holds over its size at rest at a photo's height, in bytes a pixel: decoder, raster,
 * encoder (`npm run bench -- photo`). Of JPEGs it is 4 to 11; 8 is what ordinary ones stay below.
 */
const BYTES_PER_PIXEL: Readonly<Record<PhotoFormat, number>> = {
  jpeg: 8,
  webp: 11,
  png: 15,
  avif: 36,
  heic: 36,
};
/** Crops as plain tensors: bytes and the floats made of them. */
const TENSOR_BYTES_PER_PIXEL = 15;

/** Bytes that a worker needs for a photo, or for a body of tensors, of so many pixels. */
export function decodedBytes(file: Uint8Array, pixels: number): number {
  const format = sniffFormat(file);
  return pixels * (format === undefined ? TENSOR_BYTES_PER_PIXEL : BYTES_PER_PIXEL[format]);
}

/** Memory for decoded photos, shared by all workers. */
export class DecodeBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether another photo may be decoded now. One larger than the budget may, alone. */
  fits(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#maxBytes;
  }

  take(bytes: number): void {
    this.#bytes += bytes;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** A decoded photo and its made-over copy, four bytes a pixel each. */
export const DECODED_BYTES_PER_PIXEL = 8;

/** Memory for decoded photos, shared by all workers. */
export class DecodeBudget {
  readonly #maxPixels: number;
  #pixels = 0;

  constructor(bytes: number) {
    this.#maxPixels = bytes / DECODED_BYTES_PER_PIXEL;
  }

  /** Whether another photo may be decoded now. One larger than the budget may, alone. */
  fits(pixels: number): boolean {
    return this.#pixels === 0 || this.#pixels + pixels <= this.#maxPixels;
  }

  take(pixels: number): void {
    this.#pixels += pixels;
  }

  giveBack(pixels: number): void {
    this.#pixels -= pixels;
  }
}

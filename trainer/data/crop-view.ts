import type { Random } from '../random.ts';
import type { CropStore } from './crop-file.ts';

/** Which part of a stored face is looked at: the shift is 0 to 2 * margin px in each direction. */
export interface CropView {
  readonly left: number;
  readonly top: number;
  readonly mirrored: boolean;
}

/** A uniform shift within the store's margin, mirrored with probability one half. */
export function randomView(store: CropStore, random: Random): CropView {
  return {
    left: random.integer(0, 2 * store.margin),
    top: random.integer(0, 2 * store.margin),
    mirrored: random.uniform() < 0.5,
  };
}

/**
 * Copies a view of a face as uint8 RGB, [h, w, 3], to `out` from `offset` on.
 * Throws an Error when the store does not hold the face.
 */
export function copyCrop(
  store: CropStore,
  file: string,
  view: CropView,
  out: Uint8Array,
  offset: number,
): void {
  const { crop, margin } = store;
  const data = store.read(file);
  const storedRowBytes = (crop.width + 2 * margin) * 3;
  const rowBytes = crop.width * 3;
  for (let y = 0; y < crop.height; y++) {
    const start = (view.top + y) * storedRowBytes + view.left * 3;
    const target = offset + y * rowBytes;
    if (!view.mirrored) {
      out.set(data.subarray(start, start + rowBytes), target);
      continue;
    }
    for (let x = 0; x < rowBytes; x += 3) {
      const from = start + rowBytes - 3 - x;
      out[target + x] = data[from] as number;
      out[target + x + 1] = data[from + 1] as number;
      out[target + x + 2] = data[from + 2] as number;
    }
  }
}

/** Faces without shift, uint8 RGB, [n, h, w, 3]. */
export function centreCrops(store: CropStore, files: readonly string[]): Uint8Array {
  const bytes = store.crop.width * store.crop.height * 3;
  const levels = new Uint8Array(files.length * bytes);
  const view = { left: store.margin, top: store.margin, mirrored: false };
  files.forEach((file, i) => copyCrop(store, file, view, levels, i * bytes));
  return levels;
}

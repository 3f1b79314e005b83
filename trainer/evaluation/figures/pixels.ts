import { FACE_ELLIPSE } from '../../../models/contract/mask.ts';

/** Figures that compare two sets of faces pixel by pixel; see the evaluation definitions. */

export interface CropSize {
  readonly width: number;
  readonly height: number;
}

/** Mean absolute difference of one pair of faces in grey levels. */
export function meanChange(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / a.length;
}

/** Mean absolute difference outside the face ellipse, in [0, 1]. */
export function changeOutside(a: Uint8Array, b: Uint8Array, { width, height }: CropSize): number {
  let sum = 0;
  let count = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dx = ((x + 0.5) / width - FACE_ELLIPSE.x) / FACE_ELLIPSE.radiusX;
      const dy = ((y + 0.5) / height - FACE_ELLIPSE.y) / FACE_ELLIPSE.radiusY;
      if (dx * dx + dy * dy <= 1) continue;
      for (let c = 0; c < 3; c++) {
        const i = (y * width + x) * 3 + c;
        sum += Math.abs((a[i] as number) - (b[i] as number));
        count++;
      }
    }
  }
  return sum / (255 * count);
}

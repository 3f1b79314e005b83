import type { CropGeometry } from './crop.ts';
import { smoothstep } from './smoothstep.ts';

/** The face's ellipse as shares of the crop's width and height. */
export const FACE_ELLIPSE = { x: 0.5, y: 0.44, radiusX: 0.43, radiusY: 0.54 } as const;
/** The ellipse's edge fades from the first to the second multiple of its radii. */
const FADE_START = 0.85;
const FADE_END = 1.1;
/** The mask reaches 0 at the crop's border and is unhindered from this share of its width on. */
const BORDER = 0.08;

/**
 * Share, 0 to 1, of a face's change that is applied at a position in crop px: 1 inside the face, 0
 * at the crop's border and beyond.
 */
export function maskAt({ width, height }: CropGeometry, x: number, y: number): number {
  const toBorder = Math.min(x, y, width - x, height - y);
  if (toBorder <= 0) return 0;
  const u = (x / width - FACE_ELLIPSE.x) / FACE_ELLIPSE.radiusX;
  const v = (y / height - FACE_ELLIPSE.y) / FACE_ELLIPSE.radiusY;
  const radius = Math.sqrt(u * u + v * v);
  if (radius >= FADE_END) return 0;
  return (1 - smoothstep(FADE_START, FADE_END, radius)) * smoothstep(0, BORDER * width, toBorder);
}

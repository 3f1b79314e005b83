import type { CropGeometry } from '../../../models/contract/crop.ts';
import type { Point } from '../../../models/contract/geometry.ts';
import { FACE_ELLIPSE } from '../../../models/contract/mask.ts';
import { type LightnessChroma, lightnessAndChroma } from './lab.ts';

/** Radii of the parts that are no skin, as shares of the distance of the eyes. */
const EYE = { x: 0.3, y: 0.18 } as const;
const LIPS = { x: 0.4, y: 0.2 } as const;

/** Pixels of facial skin, as indices into the crop: inside the ellipse, eyes and lips left out. */
export function skinPixels({ width, height, template }: CropGeometry): Int32Array {
  const { leftEye, rightEye, mouth } = template;
  const eyeDistance = Math.hypot(rightEye.x - leftEye.x, rightEye.y - leftEye.y);
  const part = (centre: Point, radii: { readonly x: number; readonly y: number }) => ({
    centre,
    x: radii.x * eyeDistance,
    y: radii.y * eyeDistance,
  });
  const parts = [part(leftEye, EYE), part(rightEye, EYE), part(mouth, LIPS)];
  const face = {
    centre: { x: FACE_ELLIPSE.x * width, y: FACE_ELLIPSE.y * height },
    x: FACE_ELLIPSE.radiusX * width,
    y: FACE_ELLIPSE.radiusY * height,
  };
  const pixels: number[] = [];
  for (let i = 0; i < width * height; i++) {
    const at = { x: (i % width) + 0.5, y: Math.floor(i / width) + 0.5 };
    if (isInside(at, face) && !parts.some((other) => isInside(at, other))) pixels.push(i);
  }
  return Int32Array.from(pixels);
}

function isInside(
  at: Point,
  ellipse: { readonly centre: Point; readonly x: number; readonly y: number },
): boolean {
  const u = (at.x - ellipse.centre.x) / ellipse.x;
  const v = (at.y - ellipse.centre.y) / ellipse.y;
  return u * u + v * v <= 1;
}

/**
 * Mean lightness and chroma of some pixels of a face.
 *
 * @param face uint8 RGB, [h, w, 3]
 * @param pixels indices into the crop, at least one
 */
export function meanTone(face: Uint8Array, pixels: Int32Array): LightnessChroma {
  let lightness = 0;
  let chroma = 0;
  for (const pixel of pixels) {
    const tone = lightnessAndChroma(
      face[3 * pixel] as number,
      face[3 * pixel + 1] as number,
      face[3 * pixel + 2] as number,
    );
    lightness += tone.lightness;
    chroma += tone.chroma;
  }
  return { lightness: lightness / pixels.length, chroma: chroma / pixels.length };
}

import type { FaceQuality, FaceReason } from './api/faces.ts';
import { alignFace, CELEBA_CROP } from './crop.ts';
import type { Face, FaceLandmarks } from './face.ts';
import { applySimilarity, distanceBetween, invertSimilarity, type Similarity } from './geometry.ts';
import { lumaOf } from './luma.ts';
import { FACE_ELLIPSE } from './mask.ts';
import type { Photo } from './pipeline.ts';
import type { Raster } from './raster.ts';
import { warp } from './resample.ts';

/** A face of fewer px between the eyes shows the generator less than it was trained on. */
const MIN_EYE_DISTANCE_PX = 32;
/** Heads turned by 45 degrees and more, profiles among them, lie above; portraits from the front below 0.15. */
const MAX_TURN = 0.4;
/** Portraits have 0.16 to 0.45; blurred by a Gaussian of 1.5 px of the crop 0.09 to 0.14. */
const MIN_SHARPNESS = 0.12;
/** A cut through hair or chin does no harm. */
const MIN_VISIBLE_SHARE = 0.85;

/** Points along each side of the grid by which the part of a face inside the photo is counted. */
const VISIBLE_GRID = 24;
/** Distance in px of the crop over which a face's coarse structure changes. */
const FAR = 4;

/** How well a face is seen, and why a makeover of it may look bad. */
export function measureQuality({ raster, profile }: Photo, { points }: Face): FaceQuality {
  const photoToCrop = alignFace(points, CELEBA_CROP);
  const crop = warp(raster, photoToCrop, CELEBA_CROP.width, CELEBA_CROP.height);
  const eyeDistancePx = distanceBetween(points.leftEye, points.rightEye);
  const turn = measureTurn(points);
  const sharpness = measureSharpness(profile === undefined ? crop : profile.toSrgb(crop));
  const visibleShare = measureVisibleShare(raster, photoToCrop);
  const reasons: FaceReason[] = [];
  if (eyeDistancePx < MIN_EYE_DISTANCE_PX) reasons.push('TOO_SMALL');
  // A small face is always soft at the size that this is told at.
  else if (sharpness < MIN_SHARPNESS) reasons.push('BLURRED');
  if (turn > MAX_TURN) reasons.push('TURNED_AWAY');
  if (visibleShare < MIN_VISIBLE_SHARE) reasons.push('CUT_OFF');
  return { reasons, eyeDistancePx, turn, sharpness, visibleShare };
}

/** How far the nose lies from the line that halves the eyes, as a share of their distance. */
function measureTurn({ leftEye, rightEye, nose }: FaceLandmarks): number {
  const x = rightEye.x - leftEye.x;
  const y = rightEye.y - leftEye.y;
  const along = (nose.x - leftEye.x) * x + (nose.y - leftEye.y) * y;
  return Math.abs(along / (x * x + y * y) - 0.5);
}

/**
 * The mean curvature (Laplacian) of luma inside the face, as a share of the mean step between pixels
 * `FAR` px apart, which makes it independent of the light.
 */
function measureSharpness({ width, height, data }: Raster): number {
  const luma = Float32Array.from({ length: width * height }, (_, i) =>
    lumaOf(data[3 * i] as number, data[3 * i + 1] as number, data[3 * i + 2] as number),
  );
  const step = (i: number, j: number): number => (luma[i] as number) - (luma[j] as number);
  let fine = 0;
  let coarse = 0;
  for (let y = 1; y < height - FAR; y++) {
    for (let x = 1; x < width - FAR; x++) {
      if (!isInFace(x / width, y / height)) continue;
      const i = y * width + x;
      fine += Math.abs(step(i, i - 1) + step(i, i + 1) + step(i, i - width) + step(i, i + width));
      coarse += Math.abs(step(i, i + FAR)) + Math.abs(step(i, i + FAR * width));
    }
  }
  return coarse === 0 ? 0 : Math.min(1, fine / coarse);
}

/** Share of the face's ellipse that lies inside the photo. */
function measureVisibleShare({ width, height }: Raster, photoToCrop: Similarity): number {
  const cropToPhoto = invertSimilarity(photoToCrop);
  let inFace = 0;
  let visible = 0;
  for (let row = 0; row < VISIBLE_GRID; row++) {
    for (let column = 0; column < VISIBLE_GRID; column++) {
      const u = (column + 0.5) / VISIBLE_GRID;
      const v = (row + 0.5) / VISIBLE_GRID;
      if (!isInFace(u, v)) continue;
      inFace++;
      const place = { x: u * CELEBA_CROP.width, y: v * CELEBA_CROP.height };
      const { x, y } = applySimilarity(cropToPhoto, place);
      if (x >= 0 && y >= 0 && x < width && y < height) visible++;
    }
  }
  return visible / inFace;
}

/** Whether a place, in shares of the crop's width and height, lies in the face's ellipse. */
function isInFace(x: number, y: number): boolean {
  const u = (x - FACE_ELLIPSE.x) / FACE_ELLIPSE.radiusX;
  const v = (y - FACE_ELLIPSE.y) / FACE_ELLIPSE.radiusY;
  return u * u + v * v < 1;
}

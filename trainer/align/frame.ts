import { alignFace, type CropGeometry, type FacePoints } from '../../models/contract/crop.ts';
import {
  applySimilarity,
  cornersOf,
  invertSimilarity,
  type Similarity,
  scaleOf,
} from '../../models/contract/geometry.ts';
import type { Raster } from '../../models/contract/raster.ts';
import { warp } from '../../models/contract/resample.ts';

/** A face in the aligned frame. */
export interface AlignedFrame {
  /** RGB, of the frame's size. */
  readonly raster: Raster;
  /** How far the crop reaches beyond the photo, px of the frame. */
  readonly borderPx: number;
}

/** Distance of the eyes in the photo, px. */
export function eyeDistance({ leftEye, rightEye }: FacePoints): number {
  return Math.hypot(rightEye.x - leftEye.x, rightEye.y - leftEye.y);
}

/**
 * Brings a face of a photo to the aligned frame, by the similarity and the sampling that the
 * service makes its crops with. Beyond the photo its edge pixels repeat, as they do there, so that
 * training sees such borders as the service does.
 *
 * @throws Error when the points coincide
 */
export function alignFrame(photo: Raster, points: FacePoints, crop: CropGeometry): AlignedFrame {
  const photoToCrop = alignFace(points, crop);
  const photoToFrame = {
    ...photoToCrop,
    tx: photoToCrop.tx + crop.x,
    ty: photoToCrop.ty + crop.y,
  };
  const { width, height } = crop.frame;
  return {
    raster: warp(photo, photoToFrame, width, height),
    borderPx: borderOf(photo, photoToCrop, crop),
  };
}

function borderOf(photo: Raster, photoToCrop: Similarity, crop: CropGeometry): number {
  const cropToPhoto = invertSimilarity(photoToCrop);
  const beyond = cornersOf({ x: 0, y: 0, width: crop.width, height: crop.height })
    .map((corner) => applySimilarity(cropToPhoto, corner))
    .flatMap(({ x, y }) => [-x, x - photo.width, -y, y - photo.height]);
  return Math.max(0, ...beyond) * scaleOf(photoToCrop);
}

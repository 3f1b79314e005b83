import { fitSimilarity, type Point, type Similarity } from './geometry.ts';

/** The three points that a face is aligned by; left is the left of the picture. */
export interface FacePoints {
  readonly leftEye: Point;
  readonly rightEye: Point;
  readonly mouth: Point;
}

/** Where a model's crop lies in the aligned frame, and where it expects the face in that crop. */
export interface CropGeometry {
  /** Size of the aligned frame in px. */
  readonly frame: { readonly width: number; readonly height: number };
  /** Offset of the crop in the frame in px. */
  readonly x: number;
  readonly y: number;
  /** Size of the crop in px, both multiples of 4. */
  readonly width: number;
  readonly height: number;
  /** Eyes and middle of the mouth in crop pixels. */
  readonly template: FacePoints;
}

/**
 * The CelebA aligned frame and the crop of the 2017 project, used when a data set does not say
 * otherwise. Everything downstream reads the geometry from the model's manifest.
 */
export const CELEBA_CROP: CropGeometry = {
  frame: { width: 178, height: 218 },
  x: 49,
  y: 90,
  width: 80,
  height: 100,
  template: {
    leftEye: { x: 20.0, y: 20.4 },
    rightEye: { x: 59.6, y: 20.6 },
    mouth: { x: 39.4, y: 62.0 },
  },
};

/** The three points in the order in which they are paired with each other. */
export function listPoints({ leftEye, rightEye, mouth }: FacePoints): readonly Point[] {
  return [leftEye, rightEye, mouth];
}

/**
 * The least-squares similarity that brings a face of the photo to the crop's template, from photo
 * px to crop px.
 *
 * @throws Error when the three points coincide
 */
export function alignFace(points: FacePoints, crop: CropGeometry): Similarity {
  return fitSimilarity(listPoints(points), listPoints(crop.template));
}

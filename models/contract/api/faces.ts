import type { Box, Point } from '../geometry.ts';

/** Why a makeover of a face may look bad. */
export type FaceReason = 'TOO_SMALL' | 'TURNED_AWAY' | 'BLURRED' | 'CUT_OFF';

/** How well a face is seen. */
export interface FaceQuality {
  /** Empty for a face that is seen well. */
  readonly reasons: readonly FaceReason[];
  /** Between the eyes, in pixels of the photo. */
  readonly eyeDistancePx: number;
  /** 0 seen from the front; how far the nose lies off the middle, in distances of the eyes. */
  readonly turn: number;
  /** Fine detail as a share of coarse, at the size that the model sees. */
  readonly sharpness: number;
  /** Share of the face that lies inside the photo. */
  readonly visibleShare: number;
}

/** A face of a photo. Positions are in pixels of the upright photo; left is the picture's left. */
export interface FaceView {
  /** For the parameter `faces`: 1 for the largest face, 2 for the next. */
  readonly id: number;
  readonly box: Box;
  readonly leftEye: Point;
  readonly rightEye: Point;
  readonly nose: Point;
  readonly mouth: Point;
  readonly leftEar: Point;
  readonly rightEar: Point;
  /** Probability that the detector gave, 0 to 1. */
  readonly score: number;
  readonly quality: FaceQuality;
}

/** Answer of POST /v1/faces. */
export interface FacesView {
  /** Size of the upright photo in pixels. */
  readonly width: number;
  readonly height: number;
  /** The largest first; empty when none was found. */
  readonly faces: readonly FaceView[];
}

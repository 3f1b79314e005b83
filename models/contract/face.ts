import type { FacePoints } from './crop.ts';
import type { Box, Point } from './geometry.ts';

/** All that the detector points at; left is the left of an upright face's picture. */
export interface FaceLandmarks extends FacePoints {
  readonly nose: Point;
  readonly leftEar: Point;
  readonly rightEar: Point;
}

/** A detected face, in continuous pixel coordinates of the upright photo. */
export interface Face {
  /** 1 for the largest face of the photo, 2 for the next; the same photo gives the same ids. */
  readonly id: number;
  readonly box: Box;
  readonly points: FaceLandmarks;
  /** Probability that the detector gave, 0 to 1. */
  readonly score: number;
}

/** Which faces of a photo are wanted: by a word, or by their ids. */
export type FaceChoice = 'all' | 'largest' | readonly number[];

/** Faces were asked for by ids that the photo does not have. */
export class UnknownFaceError extends Error {
  override readonly name = 'UnknownFaceError';
}

/**
 * The faces that are wanted, the largest first.
 *
 * @param faces all of the photo, the largest first
 * @throws UnknownFaceError when an id is none of theirs
 */
export function chooseFaces(faces: readonly Face[], choice: FaceChoice): readonly Face[] {
  if (choice === 'all') return faces;
  if (choice === 'largest') return faces.slice(0, 1);
  const unknown = choice.filter((id) => !faces.some((face) => face.id === id));
  if (unknown.length === 0) return faces.filter(({ id }) => choice.includes(id));
  const ids = faces.map(({ id }) => id).join(', ');
  throw new UnknownFaceError(
    `the photo has no face ${unknown.join(', ')}: ` +
      (faces.length > 0 ? `its faces are ${ids}, the largest first` : 'no face was found in it'),
  );
}

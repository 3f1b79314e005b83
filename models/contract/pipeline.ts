import type { CropGeometry, FacePoints } from './crop.ts';
import type { Box } from './geometry.ts';
import type { DetectorManifest, GeneratorManifest } from './manifest.ts';
import type { Raster } from './raster.ts';
import type { ModelRunner } from './tensor.ts';

/** A detected face, in continuous pixel coordinates of the upright photo. */
export interface Face {
  readonly box: Box;
  readonly points: FacePoints;
  /** Probability that the detector gave, 0 to 1. */
  readonly score: number;
}

/** A face with what the generator was given and what it answered, both at crop size. */
export interface MadeOverFace extends Face {
  readonly crop: Raster;
  readonly result: Raster;
}

import type { Box } from '../models/contract/geometry.ts';

/** Where a face lies, in shares (0 to 1) of the upright photo's width and height. */
export interface FaceSpot extends Box {
  /** 1 for the largest face. */
  readonly id: number;
}

interface FacesInPixels {
  /** Size of the upright photo in px. */
  readonly width: number;
  readonly height: number;
  readonly faces: readonly { readonly id: number; readonly box: Box }[];
}

/** Faces in shares of the photo, so that they can be shown at any size. */
export function spotsOf({ width, height, faces }: FacesInPixels): FaceSpot[] {
  return faces.map(({ id, box }) => ({
    id,
    x: box.x / width,
    y: box.y / height,
    width: box.width / width,
    height: box.height / height,
  }));
}

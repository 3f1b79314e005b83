import sharp from 'sharp';
import type { Similarity } from '../../../models/contract/geometry.ts';
import {
  type LoadedGenerator,
  makeOverPlaces,
  type PlacedMakeover,
} from '../../../models/contract/pipeline.ts';
import type { Raster } from '../../../models/contract/raster.ts';
import { warp } from '../../../models/contract/resample.ts';
import type { ModelRunner } from '../../../models/contract/tensor.ts';
import type { CropStore } from '../../data/crop-file.ts';
import type { Faces } from '../test-faces.ts';
import { seamRatio } from './seam.ts';

/** Frames are enlarged by this factor: eyes then lie 158 px apart, as in portraits. */
export const ENLARGEMENT = 4;

/** A data set's face as a photo in sRGB, with the place of the face. */
export interface EnlargedFrame {
  readonly photo: Raster;
  readonly photoToCrop: Similarity;
}

/** Faces after the whole pipeline, and the seams that it left. */
export interface FullSizeFaces {
  /** Cropped again from the full-size results. */
  readonly faces: Faces;
  /** See `seamRatio`; faces without a ring in the picture have none. */
  readonly seams: readonly number[];
}

/**
 * Makes a photo of a data set's face. No detector is asked: where the crop lies in a frame is known.
 *
 * @param store with a margin: the pipeline looks a pixel beyond the crop
 * @throws Error when the store does not hold the face
 */
export async function enlargeFrame(store: CropStore, file: string): Promise<EnlargedFrame> {
  const { crop, margin } = store;
  const size = { width: crop.width + 2 * margin, height: crop.height + 2 * margin };
  const [width, height] = [ENLARGEMENT * size.width, ENLARGEMENT * size.height];
  const data = await sharp(store.read(file), { raw: { ...size, channels: 3 } })
    .resize(width, height, { kernel: 'lanczos3' })
    .raw()
    .toBuffer();
  return {
    photo: { width, height, channels: 3, data },
    photoToCrop: { a: 1 / ENLARGEMENT, b: 0, tx: -margin, ty: -margin },
  };
}

/** The frame after the generator, transfer, mask and blend, at the frame's enlarged size. */
export async function makeOverFrame(
  { photo, photoToCrop }: EnlargedFrame,
  generator: LoadedGenerator,
): Promise<PlacedMakeover> {
  return makeOverPlaces({ raster: photo }, [photoToCrop], generator, 1);
}

/** Faces as the pipeline crops them from enlarged frames: what full-size results compare with. */
export async function recropFrames(store: CropStore, files: readonly string[]): Promise<Faces> {
  const { width, height } = store.crop;
  const crops: Uint8Array[] = [];
  for (const file of files) {
    const { photo, photoToCrop } = await enlargeFrame(store, file);
    crops.push(warp(photo, photoToCrop, width, height).data);
  }
  return { files, levels: Buffer.concat(crops) };
}

/** Takes data set faces through the pipeline at full size, one after the other, in their order. */
export async function makeOverFrames(
  store: CropStore,
  files: readonly string[],
  runner: ModelRunner,
): Promise<FullSizeFaces> {
  const { crop } = store;
  const generator = { manifest: { crop }, runner };
  const crops: Uint8Array[] = [];
  const seams: number[] = [];
  for (const file of files) {
    const frame = await enlargeFrame(store, file);
    const { photo, photoToCrop } = frame;
    const { raster } = await makeOverFrame(frame, generator);
    crops.push(warp(raster, photoToCrop, crop.width, crop.height).data);
    const seam = seamRatio(photo, raster, photoToCrop, crop);
    if (seam !== undefined) seams.push(seam);
  }
  return { faces: { files, levels: Buffer.concat(crops) }, seams };
}

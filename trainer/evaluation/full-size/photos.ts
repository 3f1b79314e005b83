import sharp from 'sharp';
import { alignFace } from '../../../models/contract/crop.ts';
import { detectFaces } from '../../../models/contract/detector.ts';
import type { Similarity } from '../../../models/contract/geometry.ts';
import { type MakeoverModels, makeOver } from '../../../models/contract/pipeline.ts';
import type { Raster } from '../../../models/contract/raster.ts';
import { warp } from '../../../models/contract/resample.ts';

/** A photo of one person after the whole pipeline. */
export interface MadeOverPhoto {
  readonly photo: Raster;
  /** Of the photo's size; the photo itself where no face was found. */
  readonly result: Raster;
  /** From photo px to crop px: the largest face, as found in the original; undefined without one. */
  readonly photoToCrop: Similarity | undefined;
}

/**
 * Decodes a photo upright and in sRGB, without alpha.
 *
 * @throws Error that names a file which cannot be read
 */
export async function readPhoto(path: string): Promise<Raster> {
  try {
    const { data, info } = await sharp(path)
      .autoOrient()
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, channels: 3, data };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${path} cannot be decoded (${reason}): mend or remove it`, { cause });
  }
}

/** Makes over the largest face of a photo as the service does: detection, generator, blend. */
export async function makeOverPhoto(path: string, models: MakeoverModels): Promise<MadeOverPhoto> {
  const photo = await readPhoto(path);
  const options = { strength: 1, faces: 'largest', maxFaces: 1 } as const;
  const { raster, faces } = await makeOver({ raster: photo }, models, options);
  const points = faces[0]?.points;
  const photoToCrop = points && alignFace(points, models.generator.manifest.crop);
  return { photo, result: raster, photoToCrop };
}

/** The crop of a photo's largest face as the generator would get it; undefined without a face. */
export async function cropPhoto(
  path: string,
  { detector, generator }: MakeoverModels,
): Promise<Uint8Array | undefined> {
  const photo = await readPhoto(path);
  const [face] = await detectFaces(photo, detector, 1);
  if (face === undefined) return undefined;
  const { crop } = generator.manifest;
  return warp(photo, alignFace(face.points, crop), crop.width, crop.height).data;
}

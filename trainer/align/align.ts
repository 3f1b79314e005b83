import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { CELEBA_CROP } from '../../models/contract/crop.ts';
import { detectFaces } from '../../models/contract/detector.ts';
import type { Face } from '../../models/contract/face.ts';
import type { DetectorManifest } from '../../models/contract/manifest.ts';
import type { LoadedModel } from '../../models/contract/pipeline.ts';
import type { Raster } from '../../models/contract/raster.ts';
import { PICTURE_FOLDER } from '../data/celeba.ts';
import { ATTRIBUTE_LIST, PARTITION_LIST } from '../data/celeba-lists.ts';
import { formatCsv } from '../data/csv.ts';
import { hashSplit } from '../data/splits.ts';
import { fillFolderAtomically, writeSynced } from '../files.ts';
import { alignFrame, eyeDistance } from './frame.ts';
import { decodePhoto } from './photo.ts';
import type { PhotoFile, PhotoTree } from './photo-tree.ts';

export interface AlignOptions {
  readonly faces: 'all' | 'largest';
  /** Faces whose eyes are closer in the photo are left out, px: enlarged, they would be blurred. */
  readonly minEyeDistance: number;
  readonly signal: AbortSignal;
  /** Told about each photo or face that is left out. */
  readonly report: (message: string) => void;
}

/** A frame that was written, as the lists say it. */
interface AlignedFace {
  readonly file: string;
  readonly photo: PhotoFile;
  readonly split: number;
  readonly eyeDistancePx: number;
  readonly borderPx: number;
  readonly score: number;
}

interface SkippedPhoto {
  readonly path: string;
  readonly reason: string;
}

export interface AlignResult {
  readonly faces: number;
  readonly skipped: number;
}

/**
 * Makes a data set in CelebA's layout from photos: finds the faces, brings each to the aligned
 * frame, and writes the lists, `source.csv`, and `skipped.csv`. Faces of one photo, and of copies of
 * it, share a split.
 *
 * @param folder of the photos
 * @param out must not exist; it appears only when it is complete
 * @throws Error when no photo has a usable face, or the signal aborts
 */
export async function alignPhotos(
  folder: string,
  tree: PhotoTree,
  out: string,
  detector: LoadedModel<DetectorManifest>,
  options: AlignOptions,
): Promise<AlignResult> {
  const aligned: AlignedFace[] = [];
  const skipped: SkippedPhoto[] = [];
  await fillFolderAtomically(out, async (temporary) => {
    const pictures = join(temporary, PICTURE_FOLDER);
    await mkdir(pictures);
    for (const photo of tree.photos) {
      options.signal.throwIfAborted();
      const skip = (reason: string): void => {
        skipped.push({ path: photo.path, reason });
        options.report(`skipped ${photo.path}: ${reason}`);
      };
      const found = await findFaces(join(folder, photo.path), detector, options, skip);
      for (const face of found.faces) {
        const file = `${String(aligned.length + 1).padStart(6, '0')}.jpg`;
        const { raster, borderPx } = alignFrame(found.raster, face.points, CELEBA_CROP);
        await writeSynced(join(pictures, file), [await encodeFrame(raster)]);
        const eyeDistancePx = eyeDistance(face.points);
        const { split } = found;
        aligned.push({ file, photo, split, eyeDistancePx, borderPx, score: face.score });
      }
    }
    if (aligned.length === 0) {
      throw new Error(`none of ${tree.photos.length} files in ${folder} shows a usable face`);
    }
    for (const [name, text] of Object.entries(formatLists(tree, aligned, skipped))) {
      await writeSynced(join(temporary, name), [text]);
    }
  });
  return { faces: aligned.length, skipped: skipped.length };
}

interface FoundFaces {
  readonly raster: Raster;
  /** Largest first. */
  readonly faces: readonly Face[];
  readonly split: number;
}

const NOTHING: FoundFaces = {
  raster: { width: 0, height: 0, channels: 3, data: new Uint8Array() },
  faces: [],
  split: 0,
};

/** @param skip told why the photo, or one of its faces, is left out */
async function findFaces(
  path: string,
  detector: LoadedModel<DetectorManifest>,
  { faces: which, minEyeDistance }: AlignOptions,
  skip: (reason: string) => void,
): Promise<FoundFaces> {
  let content: Buffer;
  let raster: Raster;
  try {
    content = await readFile(path);
    raster = await decodePhoto(content);
  } catch (error) {
    skip(error instanceof Error ? error.message : String(error));
    return NOTHING;
  }
  const limit = which === 'largest' ? 1 : Number.POSITIVE_INFINITY;
  const found = await detectFaces(raster, detector, limit);
  if (found.length === 0) skip('no face was found');
  const faces = found.filter(({ points }) => {
    const distance = eyeDistance(points);
    if (distance >= minEyeDistance) return true;
    skip(`a face's eyes are ${distance.toFixed(0)} px apart, expected at least ${minEyeDistance}`);
    return false;
  });
  return { raster, faces, split: hashSplit(content) };
}

/** As fine as JPEG gets at a reasonable size: the faces are decoded once more for training. */
function encodeFrame({ data, width, height }: Raster): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

function formatLists(
  { attributes }: PhotoTree,
  aligned: readonly AlignedFace[],
  skipped: readonly SkippedPhoto[],
): Record<string, string> {
  const values = aligned.map(({ file, photo }) => {
    const has = attributes.map((name) => (photo.attributes.includes(name) ? ' 1' : '-1'));
    return `${file} ${has.join(' ')}\n`;
  });
  return {
    [ATTRIBUTE_LIST]: `${aligned.length}\n${attributes.join(' ')}\n${values.join('')}`,
    [PARTITION_LIST]: aligned.map(({ file, split }) => `${file} ${split}\n`).join(''),
    'source.csv': formatCsv([
      ['file', 'source_file', 'source_eye_distance_px', 'repeated_border_px', 'score'],
      ...aligned.map(({ file, photo, eyeDistancePx, borderPx, score }) => [
        file,
        photo.path,
        eyeDistancePx.toFixed(1),
        borderPx.toFixed(1),
        score.toFixed(3),
      ]),
    ]),
    'skipped.csv': formatCsv([
      ['source_file', 'reason'],
      ...skipped.map(({ path, reason }) => [path, reason]),
    ]),
  };
}

import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { CropGeometry } from '../../models/contract/crop.ts';
import { cacheDirectory } from '../cache.ts';
import { writeFileAtomically } from '../files.ts';
import { type CelebaFace, type CelebaFolder, picturePath } from './celeba.ts';

/** Faces decoded once: uint8 RGB, each crop with `margin` px of picture around it. */
export interface CropStore {
  readonly crop: CropGeometry;
  readonly margin: number;
  /** Bytes of face i start at i * faceBytes; its rows are `crop.width + 2 * margin` px long. */
  readonly data: Uint8Array;
  readonly faceBytes: number;
  readonly index: ReadonlyMap<string, number>;
  /** Pictures that could not be decoded, with the reason; they are not in the index. */
  readonly skipped: readonly string[];
}

/** A run stops when more than this share of its pictures cannot be read. */
const MAX_SKIPPED = 0.01;
const DECODERS = 4;

/**
 * Decodes the crops of the given faces, or reads them back from the user's cache, which is keyed by
 * data, geometry and margin.
 *
 * @param margin px kept around the crop for shifts; the frame must hold them
 * @throws Error when more than 1 % of the pictures are missing or corrupt
 */
export async function loadCrops(
  folder: CelebaFolder,
  faces: readonly CelebaFace[],
  crop: CropGeometry,
  margin: number,
): Promise<CropStore> {
  const key = createHash('sha256')
    .update(JSON.stringify([folder.sha256, faces.map((face) => face.file), crop, margin]))
    .digest('hex')
    .slice(0, 24);
  const path = join(cacheDirectory(), `crops-${key}.bin`);
  const faceBytes = (crop.width + 2 * margin) * (crop.height + 2 * margin) * 3;
  const cached = await readCache(path);
  const { data, skipped } = cached ?? (await decodeAll(folder, faces, crop, margin, faceBytes));
  if (skipped.length > MAX_SKIPPED * faces.length) {
    throw new Error(
      `${skipped.length} of ${faces.length} pictures cannot be read, more than 1 %: ${skipped.slice(0, 5).join('; ')}`,
    );
  }
  if (cached === undefined) await writeCache(path, data, skipped);
  const unreadable = new Set(skipped.map((line) => line.split(':')[0]));
  const index = new Map<string, number>();
  faces.forEach((face, i) => {
    if (!unreadable.has(face.file)) index.set(face.file, i);
  });
  return { crop, margin, data, faceBytes, index, skipped };
}

/**
 * A face with its margin, uint8 RGB, [h + 2 margin, w + 2 margin, 3].
 * Throws an Error when the store does not hold it.
 */
export function storedFace({ index, data, faceBytes }: CropStore, file: string): Uint8Array {
  const i = index.get(file);
  if (i === undefined) throw new Error(`${file} is not among the decoded faces`);
  return data.subarray(i * faceBytes, (i + 1) * faceBytes);
}

async function decodeAll(
  folder: CelebaFolder,
  faces: readonly CelebaFace[],
  crop: CropGeometry,
  margin: number,
  faceBytes: number,
): Promise<{ data: Uint8Array; skipped: string[] }> {
  const data = new Uint8Array(faces.length * faceBytes);
  const skipped: string[] = [];
  let next = 0;
  const decodeSome = async (): Promise<void> => {
    for (let i = next++; i < faces.length; i = next++) {
      const face = faces[i] as CelebaFace;
      try {
        data.set(await decodeCrop(picturePath(folder, face), crop, margin), i * faceBytes);
      } catch (error) {
        skipped.push(`${face.file}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: DECODERS }, decodeSome));
  return { data, skipped };
}

async function decodeCrop(path: string, crop: CropGeometry, margin: number): Promise<Buffer> {
  const { width, height } = await sharp(path).metadata();
  if (width !== crop.frame.width || height !== crop.frame.height) {
    throw new Error(
      `is ${width}x${height} px, expected an aligned frame of ${crop.frame.width}x${crop.frame.height}`,
    );
  }
  return sharp(path)
    .extract({
      left: crop.x - margin,
      top: crop.y - margin,
      width: crop.width + 2 * margin,
      height: crop.height + 2 * margin,
    })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer();
}

/** A cache file is a JSON line with its skipped pictures, then the bytes. */
async function readCache(
  path: string,
): Promise<{ data: Uint8Array; skipped: string[] } | undefined> {
  let file: Buffer;
  try {
    file = await readFile(path);
  } catch {
    return undefined;
  }
  const end = file.indexOf(0x0a);
  const skipped = JSON.parse(file.subarray(0, end).toString('utf8')) as string[];
  return { data: file.subarray(end + 1), skipped };
}

async function writeCache(path: string, data: Uint8Array, skipped: string[]): Promise<void> {
  await mkdir(cacheDirectory(), { recursive: true });
  await writeFileAtomically(path, `${JSON.stringify(skipped)}\n`, data);
}

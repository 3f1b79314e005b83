import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import sharp from 'sharp';
import type { CropGeometry } from '../../models/contract/crop.ts';
import type { CelebaFace, CelebaFolder } from './celeba.ts';
import { cropFilePath, tidyCropCache, touchCropFile } from './crop-cache.ts';
import {
  type CropFile,
  encodeDescription,
  faceBytes,
  openCropFile,
  type SkippedPicture,
} from './crop-file.ts';

/** A run stops when more than this share of its pictures cannot be read. */
const MAX_SKIPPED = 0.01;
/** Pictures that are decoded, and held in memory, at a time. */
const DECODERS = 4;

/**
 * Opens the decoded crops of the given faces in the user's cache, where they are written the first
 * time, and again when they are damaged or a picture has changed.
 *
 * @param margin px kept around the crop for shifts; the frame must hold them
 * @param report told when pictures have to be decoded, which takes minutes for a large data set
 * @throws Error when more than 1 % of the pictures are missing or corrupt, or the disk is full
 */
export async function loadCrops(
  folder: CelebaFolder,
  faces: readonly CelebaFace[],
  crop: CropGeometry,
  margin: number,
  report: (message: string) => void = () => undefined,
): Promise<CropFile> {
  const path = cropFilePath(folder, faces, crop, margin);
  const cached = openCropFile(path);
  if (cached !== undefined) {
    await touchCropFile(path);
    return cached;
  }
  await tidyCropCache();
  report(`decoding ${faces.length} faces, kept in ${path}`);
  await writeCropFile(path, folder, faces, crop, margin);
  const written = openCropFile(path);
  if (written === undefined) {
    throw new Error(`${path} cannot be read back: it was changed meanwhile, start again`);
  }
  return written;
}

async function writeCropFile(
  path: string,
  folder: CelebaFolder,
  faces: readonly CelebaFace[],
  crop: CropGeometry,
  margin: number,
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const bytes = faces.length * faceBytes(crop, margin);
  try {
    const file = await open(temporary, 'w');
    try {
      const skipped = await decodeAll(file, folder, faces, crop, margin);
      const files = faces.map((face) => face.file);
      const end = encodeDescription({ crop, margin, files, skipped });
      await writeAt(file, end, bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new Error(
      `the disk of ${dirname(path)} is full: the decoded faces need ${Math.ceil(bytes / 1e6)} MB; ` +
        'make room, or set XDG_CACHE_HOME to a folder on another disk',
      { cause: error },
    );
  }
}

/** Writes each face at its place; returns the pictures that could not be decoded, in order. */
async function decodeAll(
  file: FileHandle,
  folder: CelebaFolder,
  faces: readonly CelebaFace[],
  crop: CropGeometry,
  margin: number,
): Promise<SkippedPicture[]> {
  const length = faceBytes(crop, margin);
  const skipped = new Map<number, SkippedPicture>();
  const inOrder = (): SkippedPicture[] =>
    [...skipped].sort(([a], [b]) => a - b).map(([, picture]) => picture);
  let next = 0;
  const decodeSome = async (): Promise<void> => {
    for (let i = next++; i < faces.length; i = next++) {
      const face = faces[i] as CelebaFace;
      const pixels = await decodeCrop(folder.picturePath(face.file), crop, margin).catch(toError);
      if (!(pixels instanceof Error)) {
        await writeAt(file, pixels, i * length);
        continue;
      }
      skipped.set(i, { file: face.file, reason: pixels.message });
      if (skipped.size > MAX_SKIPPED * faces.length) throw tooManySkipped(inOrder(), faces.length);
    }
  };
  const stopAll = (error: unknown): never => {
    next = faces.length;
    throw error;
  };
  const decoders = Array.from({ length: DECODERS }, () => decodeSome().catch(stopAll));
  // The file must not be closed while one of them still writes.
  await Promise.allSettled(decoders);
  await Promise.all(decoders);
  return inOrder();
}

async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const rest = bytes.length - written;
    written += (await file.write(bytes, written, rest, position + written)).bytesWritten;
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Does not wait for the rest: what is wrong with so many is seen from the first. */
function tooManySkipped(skipped: readonly SkippedPicture[], faces: number): Error {
  const listed = skipped.slice(0, 5).map(({ file, reason }) => `${file}: ${reason}`);
  return new Error(
    `more than 1 % of the ${faces} pictures cannot be read, ${skipped.length} so far: ${listed.join('; ')}`,
  );
}

/** Read here, since libvips mixes up the errors of files that it opens in several threads at once. */
async function readPicture(path: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'ENOENT' ? 'is missing' : `cannot be read (${error.code})`);
  });
}

async function decodeCrop(path: string, crop: CropGeometry, margin: number): Promise<Buffer> {
  const picture = await readPicture(path);
  const { width, height } = await sharp(picture).metadata();
  if (width !== crop.frame.width || height !== crop.frame.height) {
    throw new Error(
      `is ${width}x${height} px, expected an aligned frame of ${crop.frame.width}x${crop.frame.height}: ` +
        'npm run align makes such frames from photos',
    );
  }
  const pixels = await sharp(picture)
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
  const expected = faceBytes(crop, margin);
  if (pixels.length === expected) return pixels;
  throw new Error(`decodes to ${pixels.length} bytes, expected RGB of ${expected}`);
}

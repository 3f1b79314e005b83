import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { CropGeometry } from '../../models/contract/crop.ts';
import { cacheDirectory } from '../cache.ts';
import type { CelebaFace, CelebaFolder } from './celeba.ts';

/** Decoded faces that no run has used for so long are removed when others are written. */
const UNUSED_DAYS = 30;
const DAY_MS = 24 * 3600 * 1000;
const CROP_FILE = /^crops-[0-9a-f]+\.bin$/;
/** The process that writes a file stands in its temporary name. */
const TEMPORARY_FILE = /^crops-[0-9a-f]+\.bin\.(\d+)\.tmp$/;

/**
 * Where the decoded crops of faces are kept: named by the geometry and by each picture's name, size
 * and time of change, so that a picture that was replaced is decoded anew.
 */
export function cropFilePath(
  folder: CelebaFolder,
  faces: readonly CelebaFace[],
  crop: CropGeometry,
  margin: number,
): string {
  const hash = createHash('sha256').update(JSON.stringify([crop, margin]));
  for (const { file } of faces) {
    // A call takes microseconds; through a promise, ten times as long, and there may be 200,000.
    const found = statSync(folder.picturePath(file), { throwIfNoEntry: false });
    hash.update(JSON.stringify([file, found?.size, found?.mtimeMs]));
  }
  return join(cacheDirectory(), `crops-${hash.digest('hex').slice(0, 24)}.bin`);
}

/** Marks a crop file as used now. */
export async function touchCropFile(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}

/**
 * Makes room before a crop file is written: removes what killed runs left half written, and files
 * that no run has used for 30 days.
 */
export async function tidyCropCache(): Promise<void> {
  const directory = cacheDirectory();
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const writer = TEMPORARY_FILE.exec(name)?.[1];
    const isLeft =
      writer === undefined
        ? CROP_FILE.test(name) && (await isUnused(path))
        : !isRunning(Number(writer));
    if (isLeft) await rm(path, { force: true });
  }
}

async function isUnused(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > UNUSED_DAYS * DAY_MS;
  } catch {
    // Another run has just removed it.
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user exists too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

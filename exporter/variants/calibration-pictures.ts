import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import type { CropGeometry } from '../../models/contract/crop.ts';
import type { Tensor } from '../../models/contract/tensor.ts';
import { type CelebaFace, type CelebaFolder, readCelebaFolder } from '../../trainer/data/celeba.ts';
import { ATTRIBUTE_LIST } from '../../trainer/data/celeba-lists.ts';
import { centreCrops } from '../../trainer/data/crop-view.ts';
import { loadCrops } from '../../trainer/data/crops.ts';

/** Pictures that a model is run on to see how large its values become; seconds for a generator. */
export const CALIBRATION_PICTURES = 64;

const PICTURE_NAME = /\.(jpe?g|png|webp)$/i;

/**
 * Some aligned faces to calibrate a generator on: from a data set in CelebA layout those of split
 * 0, from another folder its pictures, each a crop or a whole frame.
 *
 * @returns uint8 [1, crop height, crop width, 3] each
 * @throws Error when the folder holds none, or a picture of another size
 */
export async function readCalibrationCrops(folder: string, crop: CropGeometry): Promise<Tensor[]> {
  if (existsSync(join(folder, ATTRIBUTE_LIST))) {
    const data = await readCelebaFolder(folder);
    return cropsOf(
      data,
      data.faces.filter(({ split }) => split === 0),
      crop,
    );
  }
  const { width, height, frame } = crop;
  return readFolder(folder, async (path) => {
    const picture = sharp(path);
    const size = await picture.metadata();
    if (size.width === frame.width && size.height === frame.height) {
      return picture.extract({ left: crop.x, top: crop.y, width, height });
    }
    if (size.width === width && size.height === height) return picture;
    throw new Error(
      `${path} is ${size.width}x${size.height} px, expected a crop of ${width}x${height} or a frame of ${frame.width}x${frame.height}: run npm run align first`,
    );
  });
}

/** Faces of a data set evenly spread over a list. Throws an Error when the list is empty. */
export async function cropsOf(
  data: CelebaFolder,
  faces: readonly CelebaFace[],
  crop: CropGeometry,
): Promise<Tensor[]> {
  const chosen = spread(faces);
  if (chosen.length === 0) throw new Error('the data set has no faces of split 0 to calibrate on');
  const store = await loadCrops(data, chosen, crop, 0);
  const files = chosen.map(({ file }) => file).filter((file) => store.index.has(file));
  const levels = centreCrops(store, files);
  const bytes = crop.width * crop.height * 3;
  const dims = [1, crop.height, crop.width, 3];
  return files.map((_, i) => ({
    type: 'uint8',
    dims,
    data: levels.slice(i * bytes, (i + 1) * bytes),
  }));
}

/**
 * Some pictures of a folder to calibrate any model on, upright, cut and scaled to its input.
 *
 * @returns uint8 [1, height, width, 3] each
 * @throws Error when the folder holds none
 */
export async function readCalibrationPictures(
  folder: string,
  { height, width }: { readonly height: number; readonly width: number },
): Promise<Tensor[]> {
  return readFolder(folder, async (path) =>
    sharp(path).autoOrient().resize({ width, height, fit: 'cover' }),
  );
}

async function readFolder(
  folder: string,
  prepare: (path: string) => Promise<Sharp>,
): Promise<Tensor[]> {
  const names = (await readdir(folder)).filter((name) => PICTURE_NAME.test(name)).sort();
  if (names.length === 0) {
    throw new Error(
      `${folder} has no pictures to calibrate on: name a folder of JPEG, PNG or WebP files`,
    );
  }
  const tensors: Tensor[] = [];
  for (const name of spread(names)) {
    const path = join(folder, name);
    const { data, info } = await (await prepare(path))
      .toColorspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
      .catch((cause: unknown) => {
        throw new Error(`${path} cannot be read as a picture: remove it`, { cause });
      });
    const dims = [1, info.height, info.width, 3];
    tensors.push({ type: 'uint8', dims, data: new Uint8Array(data) });
  }
  return tensors;
}

/** At most `CALIBRATION_PICTURES` items at even distances, so that a sorted list is covered. */
function spread<T>(items: readonly T[]): T[] {
  const count = Math.min(items.length, CALIBRATION_PICTURES);
  return Array.from(
    { length: count },
    (_, i) => items[Math.floor((i * items.length) / count)] as T,
  );
}

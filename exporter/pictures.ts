import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Raster } from '../models/contract/raster.ts';
import { checkoutFolder } from './paths.ts';

/** The portraits of nobody that golden pairs are made from, in the order of their names. */
export async function readComposites(): Promise<Raster[]> {
  const folder = join(checkoutFolder(), 'test', 'fixtures', 'composites');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jpg')).sort();
  return Promise.all(names.map((name) => readPicture(join(folder, name))));
}

async function readPicture(path: string): Promise<Raster> {
  const { data, info } = await sharp(path)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data: new Uint8Array(data) };
}

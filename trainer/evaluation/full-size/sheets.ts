import sharp, { type OverlayOptions } from 'sharp';
import type { LoadedGenerator } from '../../../models/contract/pipeline.ts';
import type { Raster } from '../../../models/contract/raster.ts';
import { warp } from '../../../models/contract/resample.ts';
import type { ModelRunner } from '../../../models/contract/tensor.ts';
import type { CropStore } from '../../data/crop-file.ts';
import { enlargeFrame, makeOverFrame } from './frames.ts';
import type { MadeOverPhoto } from './photos.ts';

/** Faces on a sheet: the first of the split, so that nobody picks. */
export const SHEET_FACES = 32;
const FACES_PER_ROW = 16;
/** A face on a sheet has this many px for each px of the crop. */
const SHEET_SCALE = 2;
/** A photo on a contact sheet fits a square of this side in px. */
const PHOTO_SIDE = 512;
const PAIRS_PER_ROW = 3;
const GAP = 4;

/** A picture on a sheet, PNG. */
type Tile = Buffer;

/**
 * Draws faces of a data set before, after the generator alone, and after the whole pipeline: three
 * rows of 16 faces each, then the next 16.
 *
 * @param store with a margin, see `enlargeFrame`
 * @returns PNG
 */
export async function drawFaceSheet(
  store: CropStore,
  files: readonly string[],
  runner: ModelRunner,
): Promise<Buffer> {
  const generator: LoadedGenerator = { manifest: { crop: store.crop }, runner };
  const columns: [Tile, Tile, Tile][] = [];
  for (const file of files.slice(0, SHEET_FACES)) {
    columns.push(await drawFace(store, file, generator));
  }
  const width = SHEET_SCALE * store.crop.width;
  const height = SHEET_SCALE * store.crop.height;
  const rows: Tile[][] = [];
  for (let first = 0; first < columns.length; first += FACES_PER_ROW) {
    const block = columns.slice(first, first + FACES_PER_ROW);
    for (const row of [0, 1, 2] as const) rows.push(block.map((column) => column[row]));
  }
  return drawRows(rows, width, height);
}

async function drawFace(
  store: CropStore,
  file: string,
  generator: LoadedGenerator,
): Promise<[Tile, Tile, Tile]> {
  const frame = await enlargeFrame(store, file);
  const { photo, photoToCrop } = frame;
  const { raster, faces } = await makeOverFrame(frame, generator);
  const width = SHEET_SCALE * store.crop.width;
  const height = SHEET_SCALE * store.crop.height;
  const { a, b, tx, ty } = photoToCrop;
  const toSheet = {
    a: SHEET_SCALE * a,
    b: SHEET_SCALE * b,
    tx: SHEET_SCALE * tx,
    ty: SHEET_SCALE * ty,
  };
  const [answer] = faces;
  if (answer === undefined) throw new Error(`${file} was not made over`);
  const enlarged = sharp(answer.result.data, raw(answer.result)).resize(width, height).png();
  return [
    await png(warp(photo, toSheet, width, height)),
    await enlarged.toBuffer(),
    await png(warp(raster, toSheet, width, height)),
  ];
}

/** A photo and what was made of it, side by side in two squares. */
export async function drawPhotoPair({ photo, result }: MadeOverPhoto): Promise<[Tile, Tile]> {
  return [await fitSquare(photo), await fitSquare(result)];
}

function fitSquare(raster: Raster): Promise<Tile> {
  return sharp(raster.data, raw(raster))
    .resize(PHOTO_SIDE, PHOTO_SIDE, { fit: 'contain', background: 'black' })
    .png()
    .toBuffer();
}

/** Draws pairs of `drawPhotoPair`, three in a row, as PNG. */
export async function drawContactSheet(pairs: readonly (readonly Tile[])[]): Promise<Buffer> {
  const rows: Tile[][] = [];
  for (let first = 0; first < pairs.length; first += PAIRS_PER_ROW) {
    rows.push(pairs.slice(first, first + PAIRS_PER_ROW).flat());
  }
  return drawRows(rows, PHOTO_SIDE, PHOTO_SIDE);
}

/** Places tiles of one size in rows, a gap between them. */
async function drawRows(
  rows: readonly (readonly Tile[])[],
  width: number,
  height: number,
): Promise<Buffer> {
  const tiles: OverlayOptions[] = rows.flatMap((row, y) =>
    row.map((input, x) => ({ input, left: x * (width + GAP), top: y * (height + GAP) })),
  );
  const columns = Math.max(...rows.map((row) => row.length));
  const size = { width: columns * (width + GAP) - GAP, height: rows.length * (height + GAP) - GAP };
  return sharp({ create: { ...size, channels: 3, background: 'white' } })
    .composite(tiles)
    .png()
    .toBuffer();
}

function png(raster: Raster): Promise<Tile> {
  return sharp(raster.data, raw(raster)).png().toBuffer();
}

function raw({ width, height, channels }: Raster) {
  return { raw: { width, height, channels } };
}

import {
  applySimilarity,
  type Box,
  boundsOf,
  cornersOf,
  invertSimilarity,
  type Similarity,
  scaleOf,
} from './geometry.ts';
import { createRaster, type Raster } from './raster.ts';
import { averageUprightTents, type Levels } from './upright-tents.ts';

/** The tent then spans at most 6x6 blocks. */
const FINE_BLOCKS_PER_PIXEL = 1.5;

/**
 * Samples a picture of width x height px from a photo. Every output pixel is the average of the
 * photo under a tent two output pixels wide (at least two photo pixels), so that a large face
 * shrinks without aliasing. Beyond the photo its edge pixels repeat. Alpha is left out.
 *
 * @param photoToOut from photo px to output px
 * @param blocksPerPixel blocks averaged first, along a side of an output pixel: 1 takes half the time
 *   and makes the tent a rougher one
 * @throws Error when the similarity cannot be inverted
 */
export function warp(
  photo: Raster,
  photoToOut: Similarity,
  width: number,
  height: number,
  blocksPerPixel: number = FINE_BLOCKS_PER_PIXEL,
): Raster {
  const outToPhoto = invertSimilarity(photoToOut);
  const photoPerOut = scaleOf(outToPhoto);
  // Averaging blocks first keeps the tent small.
  const blockSize = Math.max(1, Math.floor(photoPerOut / blocksPerPixel));
  const outBox = { x: 0, y: 0, width, height };
  const seen = boundsOf(cornersOf(outBox).map((corner) => applySimilarity(outToPhoto, corner)));
  const blocks = averageBlocks(photo, seen, Math.ceil(1.5 * photoPerOut) + 1, blockSize);
  const outToBlocks = {
    a: outToPhoto.a / blockSize,
    b: outToPhoto.b / blockSize,
    tx: (outToPhoto.tx - blocks.left) / blockSize,
    ty: (outToPhoto.ty - blocks.top) / blockSize,
  };
  const { a, b, tx, ty } = outToBlocks;
  return b === 0 && a > 0
    ? averageUprightTents(blocks, a, { count: width, shift: tx }, { count: height, shift: ty })
    : averageTents(blocks, outToBlocks, width, height);
}

/**
 * A photo at 1 / `factor` of its size: the averages of its blocks of `factor` x `factor` px, those at
 * the right and lower border of the pixels that are there. Alpha is left out.
 */
export function shrink(photo: Raster, factor: number): Raster {
  const box = { x: 0, y: 0, width: photo.width, height: photo.height };
  const { width, height, data } = averageBlocks(photo, box, 0, factor);
  const small = createRaster(width, height);
  for (let i = 0; i < data.length; i++) small.data[i] = Math.round(data[i] as number);
  return small;
}

/** Averages of the photo's blocks, RGB interleaved, unrounded. */
interface Blocks extends Levels {
  /** Photo px at which the first block starts. */
  readonly left: number;
  readonly top: number;
}

/**
 * Averages the photo's blocks of `size` x `size` px in a box and `margin` px around it. A block that
 * reaches beyond the photo averages the pixels that are there.
 */
function averageBlocks(photo: Raster, box: Box, margin: number, size: number): Blocks {
  const [left, right] = coveredPixels(box.x - margin, box.x + box.width + margin, photo.width);
  const [top, bottom] = coveredPixels(box.y - margin, box.y + box.height + margin, photo.height);
  const width = Math.ceil((right - left) / size);
  const height = Math.ceil((bottom - top) / size);
  const data = new Float32Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const sums = data.subarray(3 * row * width, 3 * (row + 1) * width);
    const firstY = top + row * size;
    const endY = Math.min(firstY + size, bottom);
    for (let y = firstY; y < endY; y++) addRow(photo, y, left, right, size, sums);
    for (let column = 0, i = 0; column < width; column++) {
      const pixels = (endY - firstY) * Math.min(size, right - left - column * size);
      for (const end = i + 3; i < end; i++) sums[i] = (sums[i] as number) / pixels;
    }
  }
  return { width, height, left, top, data };
}

/** Adds a row of the photo, from px `left` to `right`, to the sums of its blocks. */
function addRow(
  { width, channels, data: levels }: Raster,
  y: number,
  left: number,
  right: number,
  size: number,
  sums: Float32Array,
): void {
  const end = (y * width + right) * channels;
  const step = size * channels;
  for (let start = (y * width + left) * channels, to = 0; start < end; start += step, to += 3) {
    const blockEnd = Math.min(start + step, end);
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let i = start; i < blockEnd; i += channels) {
      red += levels[i] as number;
      green += levels[i + 1] as number;
      blue += levels[i + 2] as number;
    }
    sums[to] = (sums[to] as number) + red;
    sums[to + 1] = (sums[to + 1] as number) + green;
    sums[to + 2] = (sums[to + 2] as number) + blue;
  }
}

/** The pixels of a row or column between two positions, at least one. */
function coveredPixels(from: number, to: number, count: number): [start: number, end: number] {
  const start = Math.max(0, Math.min(count - 1, Math.floor(from)));
  return [start, Math.max(start + 1, Math.min(count, Math.ceil(to)))];
}

function averageTents(
  blocks: Blocks,
  outToBlocks: Similarity,
  width: number,
  height: number,
): Raster {
  const out = createRaster(width, height);
  const radius = Math.max(1, scaleOf(outToBlocks));
  // Block offsets turned into the output's axes, where 1 is the tent's radius.
  const cos = outToBlocks.a / scaleOf(outToBlocks) / radius;
  const sin = outToBlocks.b / scaleOf(outToBlocks) / radius;
  const reach = radius * radius * (Math.abs(cos) + Math.abs(sin));
  const { data } = blocks;
  const maxX = blocks.width - 1;
  const maxY = blocks.height - 1;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const centreX = outToBlocks.a * (x + 0.5) - outToBlocks.b * (y + 0.5) + outToBlocks.tx - 0.5;
      const centreY = outToBlocks.b * (x + 0.5) + outToBlocks.a * (y + 0.5) + outToBlocks.ty - 0.5;
      let weights = 0;
      let red = 0;
      let green = 0;
      let blue = 0;
      const lastY = Math.floor(centreY + reach);
      const lastX = Math.floor(centreX + reach);
      for (let j = Math.ceil(centreY - reach); j <= lastY; j++) {
        const row = Math.max(0, Math.min(maxY, j)) * blocks.width;
        const dy = j - centreY;
        for (let i = Math.ceil(centreX - reach); i <= lastX; i++) {
          const dx = i - centreX;
          const u = 1 - Math.abs(cos * dx + sin * dy);
          const v = 1 - Math.abs(cos * dy - sin * dx);
          if (u <= 0 || v <= 0) continue;
          const weight = u * v;
          const from = 3 * (row + Math.max(0, Math.min(maxX, i)));
          weights += weight;
          red += weight * (data[from] as number);
          green += weight * (data[from + 1] as number);
          blue += weight * (data[from + 2] as number);
        }
      }
      out.data[to] = Math.round(red / weights);
      out.data[to + 1] = Math.round(green / weights);
      out.data[to + 2] = Math.round(blue / weights);
    }
  }
  return out;
}

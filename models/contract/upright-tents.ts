import { createRaster, type Raster } from './raster.ts';

/** RGB interleaved, unrounded. */
export interface Levels {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Where an output's pixels lie along one axis: position = scale * (pixel + 0.5) + shift. */
export interface Axis {
  readonly count: number;
  readonly shift: number;
}

/** For each pixel of the output the same number of neighbours, and how much of each it takes. */
interface Taps {
  readonly perPixel: number;
  readonly indices: Int32Array;
  readonly weights: Float32Array;
}

/**
 * Averages levels under tents that are not turned. Such a tent is the product of one along the row and
 * one along the column, so these are averaged one after the other: a tenth of the work of turned ones.
 *
 * @param scale px of `levels` for each px of the output; a tent reaches as far, and at least one px
 */
export function averageUprightTents(levels: Levels, scale: number, x: Axis, y: Axis): Raster {
  const out = createRaster(x.count, y.count);
  const columns = tentTaps(levels.width, scale, x);
  const rows = tentTaps(levels.height, scale, y);
  const line = new Float32Array(3 * levels.width);
  for (let row = 0; row < y.count; row++) {
    averageRows(levels, rows, row, line);
    averageColumns(line, columns, out.data, 3 * row * x.count);
  }
  return out;
}

function tentTaps(length: number, scale: number, { count, shift }: Axis): Taps {
  const radius = Math.max(1, scale);
  const perPixel = Math.floor(2 * radius) + 1;
  const indices = new Int32Array(count * perPixel);
  const weights = new Float32Array(count * perPixel);
  for (let pixel = 0, tap = 0; pixel < count; pixel++) {
    const centre = scale * (pixel + 0.5) + shift - 0.5;
    const first = Math.ceil(centre - radius);
    const weightOf = (i: number): number => Math.max(0, 1 - Math.abs(i - centre) / radius);
    let sum = 0;
    for (let i = first; i < first + perPixel; i++) sum += weightOf(i);
    for (let i = first; i < first + perPixel; i++, tap++) {
      indices[tap] = Math.max(0, Math.min(length - 1, i));
      weights[tap] = weightOf(i) / sum;
    }
  }
  return { perPixel, indices, weights };
}

function averageRows(
  { data }: Levels,
  { perPixel, indices, weights }: Taps,
  row: number,
  line: Float32Array,
): void {
  line.fill(0);
  for (let tap = row * perPixel; tap < (row + 1) * perPixel; tap++) {
    const weight = weights[tap] as number;
    const start = (indices[tap] as number) * line.length;
    for (let i = 0; i < line.length; i++) {
      line[i] = (line[i] as number) + weight * (data[start + i] as number);
    }
  }
}

function averageColumns(
  line: Float32Array,
  { perPixel, indices, weights }: Taps,
  data: Uint8Array,
  start: number,
): void {
  for (let tap = 0, to = start; tap < indices.length; to += 3) {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (const end = tap + perPixel; tap < end; tap++) {
      const weight = weights[tap] as number;
      const from = 3 * (indices[tap] as number);
      red += weight * (line[from] as number);
      green += weight * (line[from + 1] as number);
      blue += weight * (line[from + 2] as number);
    }
    data[to] = Math.round(red);
    data[to + 1] = Math.round(green);
    data[to + 2] = Math.round(blue);
  }
}

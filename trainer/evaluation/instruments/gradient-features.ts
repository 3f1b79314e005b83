import type { Features } from '../features.ts';
import { mirrorFaces } from '../mirror.ts';

/** Side of a cell in px. */
export const CELL = 10;
/** Orientations told apart in half a turn. */
const BINS = 9;

/**
 * Histograms of gradient orientations over 10x10 px cells (Dalal and Triggs, 2005), each cell
 * divided by the energy of its 3x3 neighbourhood, followed by the mean colour of each cell.
 *
 * @param levels uint8 RGB, [n, h, w, 3], h and w multiples of 10
 * @param withMirrored appends the features of all faces mirrored
 */
export function gradientFeatures(
  levels: Uint8Array,
  count: number,
  { width, height }: { readonly width: number; readonly height: number },
  withMirrored: boolean,
): Features {
  const columns = width / CELL;
  const rows = height / CELL;
  const size = columns * rows * (BINS + 3);
  const total = withMirrored ? 2 * count : count;
  const data = new Float32Array(total * size);
  const bytes = width * height * 3;
  for (let i = 0; i < total; i++) {
    const face = levels.subarray((i % count) * bytes, ((i % count) + 1) * bytes);
    const seen = i < count ? face : mirrorFaces(face, width);
    const out = data.subarray(i * size, (i + 1) * size);
    const histograms = orientationHistograms(seen, width, height);
    normaliseCells(histograms, columns, rows, out);
    meanColours(seen, width, out.subarray(columns * rows * BINS), columns, rows);
  }
  return { data, count: total, size };
}

/** [rows, columns, BINS] sums of gradient lengths; each gradient is shared between two bins. */
function orientationHistograms(face: Uint8Array, width: number, height: number): Float32Array {
  const columns = width / CELL;
  const histograms = new Float32Array(columns * (height / CELL) * BINS);
  const luma = (x: number, y: number): number => {
    const i =
      (Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))) * 3;
    return (
      0.299 * (face[i] as number) +
      0.587 * (face[i + 1] as number) +
      0.114 * (face[i + 2] as number)
    );
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const gx = luma(x + 1, y) - luma(x - 1, y);
      const gy = luma(x, y + 1) - luma(x, y - 1);
      const angle = (Math.atan2(gy, gx) + Math.PI) % Math.PI;
      const position = (angle / Math.PI) * BINS;
      const bin = Math.floor(position);
      const cell = (Math.floor(y / CELL) * columns + Math.floor(x / CELL)) * BINS;
      const length = Math.hypot(gx, gy);
      const first = cell + (bin % BINS);
      const second = cell + ((bin + 1) % BINS);
      histograms[first] = (histograms[first] as number) + length * (1 - (position - bin));
      histograms[second] = (histograms[second] as number) + length * (position - bin);
    }
  }
  return histograms;
}

function normaliseCells(
  histograms: Float32Array,
  columns: number,
  rows: number,
  out: Float32Array,
): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let energy = 1;
      for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++) {
        for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++) {
          for (let b = 0; b < BINS; b++) {
            energy += (histograms[(r * columns + c) * BINS + b] as number) ** 2;
          }
        }
      }
      for (let b = 0; b < BINS; b++) {
        const i = (row * columns + column) * BINS + b;
        out[i] = Math.sqrt((histograms[i] as number) / Math.sqrt(energy));
      }
    }
  }
}

function meanColours(
  face: Uint8Array,
  width: number,
  out: Float32Array,
  columns: number,
  rows: number,
): void {
  for (let y = 0; y < rows * CELL; y++) {
    for (let x = 0; x < columns * CELL; x++) {
      const cell = (Math.floor(y / CELL) * columns + Math.floor(x / CELL)) * 3;
      for (let c = 0; c < 3; c++) {
        const level = face[(y * width + x) * 3 + c] as number;
        out[cell + c] = (out[cell + c] as number) + level / (255 * CELL * CELL);
      }
    }
  }
}

import type { CropSize } from './pixels.ts';

/** One level of a pyramid: RGB interleaved, [height, width, 3]. */
export interface Level extends CropSize {
  readonly data: Float32Array;
}

/** Weights of the two neighbours on either side and of the sample itself (Burt and Adelson, 1983). */
const [FAR, NEAR, OWN] = [1 / 16, 4 / 16, 6 / 16];

/**
 * The Laplacian pyramid of a face, finest level first; each level holds what the next, coarser one
 * cannot express, and the last one is the face itself at that size.
 *
 * @param face uint8 RGB, [h, w, 3], h and w divisible by 2 for each level after the first
 */
export function laplacianPyramid(face: Uint8Array, size: CropSize, levels: number): Level[] {
  const pyramid: Level[] = [];
  let { width, height } = size;
  let image = Float32Array.from(face);
  for (let level = 1; level < levels; level++) {
    const rows = reduceAxis(image, 1, height, width * 3);
    const coarse = reduceAxis(rows, height / 2, width, 3);
    const columns = expandAxis(coarse, height / 2, width / 2, 3);
    const smooth = expandAxis(columns, 1, height / 2, width * 3);
    pyramid.push({ data: image.map((value, i) => value - (smooth[i] as number)), width, height });
    image = coarse;
    width /= 2;
    height /= 2;
  }
  return [...pyramid, { data: image, width, height }];
}

/** Blurs along the middle axis of [outer, length, inner] and keeps every second sample. */
function reduceAxis(
  data: Float32Array<ArrayBuffer>,
  outer: number,
  length: number,
  inner: number,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(data.length / 2);
  let next = 0;
  for (let o = 0; o < outer; o++) {
    const start = o * length * inner;
    const row = (i: number): number => start + Math.min(length - 1, Math.max(0, i)) * inner;
    for (let i = 0; i < length; i += 2) {
      const [a, b, c, d, e] = [row(i - 2), row(i - 1), row(i), row(i + 1), row(i + 2)];
      for (let k = 0; k < inner; k++) {
        out[next++] =
          FAR * ((data[a + k] as number) + (data[e + k] as number)) +
          NEAR * ((data[b + k] as number) + (data[d + k] as number)) +
          OWN * (data[c + k] as number);
      }
    }
  }
  return out;
}

/** Doubles the middle axis of [outer, length, inner]: zeros between the samples, then twice the blur. */
function expandAxis(
  data: Float32Array<ArrayBuffer>,
  outer: number,
  length: number,
  inner: number,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(data.length * 2);
  let next = 0;
  for (let o = 0; o < outer; o++) {
    const start = o * length * inner;
    const row = (i: number): number => start + Math.min(length - 1, Math.max(0, i)) * inner;
    for (let i = 0; i < length; i++) {
      const [before, own, after] = [row(i - 1), row(i), row(i + 1)];
      for (let k = 0; k < inner; k++) {
        out[next + k] =
          2 * FAR * ((data[before + k] as number) + (data[after + k] as number)) +
          2 * OWN * (data[own + k] as number);
        out[next + inner + k] =
          2 * NEAR * ((data[own + k] as number) + (data[after + k] as number));
      }
      next += 2 * inner;
    }
  }
  return out;
}

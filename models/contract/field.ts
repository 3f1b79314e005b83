/** Values on a grid of pixels: `data[(y * width + x) * channels + c]`. */
export interface Field {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** Grid points per pixel of an enlarged field; between them linear interpolation looks smooth. */
const ENLARGEMENT = 4;

/** A field made ready for `sampleField`, with the number of its pixels per pixel of the field. */
export interface SampledField extends Field {
  readonly pixelsPerUnit: number;
}

/**
 * Makes a field ready to be sampled at steps of `step` of its pixels: smoothly enlarged (bicubic)
 * for fine steps, averaged over the step for coarse ones, so that neither blocks nor aliases show.
 */
export function prepareField(field: Field, step: number): SampledField {
  if (step > 1) return { ...resizeBoth(field, 1, tentTaps(step)), pixelsPerUnit: 1 };
  const taps = Array.from({ length: ENLARGEMENT }, (_, i) => cubicTaps((i + 0.5) / ENLARGEMENT));
  return { ...resizeBoth(field, ENLARGEMENT, ...taps), pixelsPerUnit: ENLARGEMENT };
}

/**
 * Interpolates all channels at a position in pixels of the original field, linearly between the
 * prepared values. Beyond the field its edge repeats.
 *
 * @param values receives one number a channel
 */
export function sampleField(
  { width, height, channels, data, pixelsPerUnit }: SampledField,
  x: number,
  y: number,
  values: Float32Array,
): void {
  const gridX = Math.max(0, Math.min(width - 1, x * pixelsPerUnit - 0.5));
  const gridY = Math.max(0, Math.min(height - 1, y * pixelsPerUnit - 0.5));
  const left = Math.floor(gridX);
  const top = Math.floor(gridY);
  const right = gridX - left;
  const bottom = gridY - top;
  const i00 = (top * width + left) * channels;
  const i01 = left + 1 < width ? i00 + channels : i00;
  const down = top + 1 < height ? width * channels : 0;
  const weight00 = (1 - right) * (1 - bottom);
  const weight01 = right * (1 - bottom);
  const weight10 = (1 - right) * bottom;
  const weight11 = right * bottom;
  for (let c = 0; c < channels; c++) {
    values[c] =
      weight00 * (data[i00 + c] as number) +
      weight01 * (data[i01 + c] as number) +
      weight10 * (data[i00 + down + c] as number) +
      weight11 * (data[i01 + down + c] as number);
  }
}

/** Weights of neighbouring pixels, the first at `start` from the pixel in question. */
interface Taps {
  readonly start: number;
  readonly weights: readonly number[];
}

/** A tent that reaches `radius` px to either side of a pixel's centre. */
function tentTaps(radius: number): Taps {
  const reach = Math.ceil(radius) - 1;
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => 1 - Math.abs(i - reach) / radius);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return { start: -reach, weights: weights.map((weight) => weight / sum) };
}

/** Keys' cubic convolution (a = -0.5) at `offset` px, 0 to 1, from a pixel's left edge. */
function cubicTaps(offset: number): Taps {
  const start = offset < 0.5 ? -2 : -1;
  const weights = Array.from({ length: 4 }, (_, i) => {
    const distance = Math.abs(start + i + 0.5 - offset);
    return distance < 1
      ? 1.5 * distance ** 3 - 2.5 * distance ** 2 + 1
      : -0.5 * distance ** 3 + 2.5 * distance ** 2 - 4 * distance + 2;
  });
  return { start, weights };
}

/** Filters rows, then columns; each pixel becomes `factor` pixels, the i-th by `taps[i]`. */
function resizeBoth(field: Field, factor: number, ...taps: readonly Taps[]): Field {
  const { width, height, channels, data } = field;
  const wide = new Float32Array(width * factor * height * channels);
  for (let y = 0; y < height; y++) {
    const row = y * width * channels;
    filterLine(data, row, width, channels, channels, wide, row * factor, channels, taps);
  }
  const out = new Float32Array(width * factor * height * factor * channels);
  const rowLength = width * factor * channels;
  filterLine(wide, 0, height, rowLength, rowLength, out, 0, rowLength, taps);
  return { width: width * factor, height: height * factor, channels, data: out };
}

/**
 * Filters a line of `count` items `stride` numbers apart, each of `length` numbers, into
 * `taps.length` items for each.
 */
function filterLine(
  from: Float32Array,
  fromStart: number,
  count: number,
  stride: number,
  length: number,
  to: Float32Array,
  toStart: number,
  toStride: number,
  taps: readonly Taps[],
): void {
  let out = toStart;
  for (let i = 0; i < count; i++) {
    for (const { start, weights } of taps) {
      weights.forEach((weight, k) => {
        const item = fromStart + Math.max(0, Math.min(count - 1, i + start + k)) * stride;
        for (let c = 0; c < length; c++) {
          to[out + c] = (to[out + c] as number) + weight * (from[item + c] as number);
        }
      });
      out += toStride;
    }
  }
}

import { lumaOf } from '../../../models/contract/luma.ts';
import type { CropSize } from './pixels.ts';

const RADIUS = 5;
const SIGMA = 1.5;
const WEIGHTS = Float64Array.from({ length: 2 * RADIUS + 1 }, (_, i) =>
  Math.exp(-((i - RADIUS) ** 2) / (2 * SIGMA ** 2)),
);
/** Stabilisers of Wang et al. (2004) for a range of 255. */
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/** Structural similarity of the luma (Wang et al., 2004), Gaussian 11x11 of sigma 1.5. */
export function structuralSimilarity(a: Uint8Array, b: Uint8Array, size: CropSize): number {
  const x = luma(a);
  const y = luma(b);
  const blur = (values: Float64Array): Float64Array => gaussian(values, size);
  const [meanX, meanY] = [blur(x), blur(y)];
  const [xx, yy, xy] = [blur(product(x, x)), blur(product(y, y)), blur(product(x, y))];
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const [mx, my] = [meanX[i] as number, meanY[i] as number];
    const varianceX = (xx[i] as number) - mx * mx;
    const varianceY = (yy[i] as number) - my * my;
    const covariance = (xy[i] as number) - mx * my;
    sum +=
      ((2 * mx * my + C1) * (2 * covariance + C2)) /
      ((mx * mx + my * my + C1) * (varianceX + varianceY + C2));
  }
  return sum / x.length;
}

function product(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value * (b[i] as number));
}

function luma(levels: Uint8Array): Float64Array {
  const values = new Float64Array(levels.length / 3);
  for (let i = 0; i < values.length; i++) {
    values[i] = lumaOf(
      levels[3 * i] as number,
      levels[3 * i + 1] as number,
      levels[3 * i + 2] as number,
    );
  }
  return values;
}

/** Separable Gaussian, weights renormalised at the border. */
function gaussian(values: Float64Array, { width, height }: CropSize): Float64Array {
  const horizontal = blurLines(values, width, height, 1, width);
  return blurLines(horizontal, height, width, width, 1);
}

/** Blurs `lines` lines of `length` samples that lie `step` apart. */
function blurLines(
  values: Float64Array,
  length: number,
  lines: number,
  step: number,
  lineStep: number,
): Float64Array {
  const out = new Float64Array(values.length);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < length; i++) {
      let sum = 0;
      let total = 0;
      const first = Math.max(0, i - RADIUS);
      const last = Math.min(length - 1, i + RADIUS);
      for (let j = first; j <= last; j++) {
        const gauss = WEIGHTS[j - i + RADIUS] as number;
        sum += gauss * (values[line * lineStep + j * step] as number);
        total += gauss;
      }
      out[line * lineStep + i * step] = sum / total;
    }
  }
  return out;
}

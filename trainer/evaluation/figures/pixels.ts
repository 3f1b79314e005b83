import { lumaOf } from '../../../models/contract/luma.ts';
import { FACE_ELLIPSE } from '../../../models/contract/mask.ts';

/** Figures that compare two sets of faces pixel by pixel; see the evaluation definitions. */

const SSIM_RADIUS = 5;
const SSIM_SIGMA = 1.5;
/** Stabilisers of Wang et al. (2004) for a range of 255. */
const SSIM_C1 = (0.01 * 255) ** 2;
const SSIM_C2 = (0.03 * 255) ** 2;

export interface CropSize {
  readonly width: number;
  readonly height: number;
}

/** Mean absolute difference of one pair of faces in grey levels. */
export function meanChange(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / a.length;
}

/** Mean absolute difference outside the face ellipse, in [0, 1]. */
export function changeOutside(a: Uint8Array, b: Uint8Array, { width, height }: CropSize): number {
  let sum = 0;
  let count = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dx = ((x + 0.5) / width - FACE_ELLIPSE.x) / FACE_ELLIPSE.radiusX;
      const dy = ((y + 0.5) / height - FACE_ELLIPSE.y) / FACE_ELLIPSE.radiusY;
      if (dx * dx + dy * dy <= 1) continue;
      for (let c = 0; c < 3; c++) {
        const i = (y * width + x) * 3 + c;
        sum += Math.abs((a[i] as number) - (b[i] as number));
        count++;
      }
    }
  }
  return sum / (255 * count);
}

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
      ((2 * mx * my + SSIM_C1) * (2 * covariance + SSIM_C2)) /
      ((mx * mx + my * my + SSIM_C1) * (varianceX + varianceY + SSIM_C2));
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
      const first = Math.max(0, i - SSIM_RADIUS);
      const last = Math.min(length - 1, i + SSIM_RADIUS);
      for (let j = first; j <= last; j++) {
        const gauss = Math.exp(-((j - i) ** 2) / (2 * SSIM_SIGMA ** 2));
        sum += gauss * (values[line * lineStep + j * step] as number);
        total += gauss;
      }
      out[line * lineStep + i * step] = sum / total;
    }
  }
  return out;
}

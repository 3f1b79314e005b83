import { SRGB_TO_XYZ, srgbToLinear } from '../../../models/contract/color-arithmetic.ts';

export interface LightnessChroma {
  /** L* from 0 to 100. */
  readonly lightness: number;
  /** C*ab, the distance from grey. */
  readonly chroma: number;
}

const LINEAR = Float64Array.from({ length: 256 }, (_, level) => srgbToLinear(level));
const [RX, GX, BX, RY, GY, BY, RZ, GZ, BZ] = SRGB_TO_XYZ;
const WHITE = { x: RX + GX + BX, y: RY + GY + BY, z: RZ + GZ + BZ } as const;

/**
 * Lightness and chroma of an sRGB colour in CIE L*a*b* under D50 (CIE 15; the profile connection
 * space of ICC.1).
 *
 * @param red, green, blue whole levels from 0 to 255
 */
export function lightnessAndChroma(red: number, green: number, blue: number): LightnessChroma {
  const [r, g, b] = [LINEAR[red] ?? 0, LINEAR[green] ?? 0, LINEAR[blue] ?? 0];
  const fx = compress((RX * r + GX * g + BX * b) / WHITE.x);
  const fy = compress((RY * r + GY * g + BY * b) / WHITE.y);
  const fz = compress((RZ * r + GZ * g + BZ * b) / WHITE.z);
  return { lightness: 116 * fy - 16, chroma: Math.hypot(500 * (fx - fy), 200 * (fy - fz)) };
}

/** The cube root, with a line where it would be too steep. */
function compress(share: number): number {
  return share > (6 / 29) ** 3 ? Math.cbrt(share) : share / (3 * (6 / 29) ** 2) + 4 / 29;
}

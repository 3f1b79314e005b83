/** Linear light, 0 to 1, of an sRGB level, 0 to 255 (IEC 61966-2-1). */
export function srgbToLinear(level: number): number {
  const value = level / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** Unrounded sRGB level, 0 to 255, of linear light, which is clipped to 0 to 1. */
export function linearToSrgb(linear: number): number {
  const value = Math.max(0, Math.min(1, linear));
  return 255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
}

/**
 * From linear sRGB to XYZ under the profile connection space's D50, row by row, as sRGB profiles
 * store it (their rXYZ, gXYZ and bXYZ tags are the columns).
 */
export const SRGB_TO_XYZ: Matrix = [
  0.43607, 0.38515, 0.14307, 0.22249, 0.71687, 0.06061, 0.01392, 0.09708, 0.7141,
];

/** 3x3, row by row. */
export type Matrix = readonly [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

/** The matrix that applies `right` first, then `left`. */
export function multiplyMatrices(left: Matrix, right: Matrix): Matrix {
  return Array.from({ length: 9 }, (_, i) => {
    const row = 3 * Math.floor(i / 3);
    const column = i % 3;
    return [0, 1, 2].reduce(
      (sum, k) => sum + (left[row + k] as number) * (right[3 * k + column] as number),
      0,
    );
  }) as unknown as Matrix;
}

/** The inverse, or undefined for a singular matrix. */
export function invertMatrix([a, b, c, d, e, f, g, h, i]: Matrix): Matrix | undefined {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  if (!(Math.abs(determinant) > 1e-6)) return undefined;
  const adjugate = [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ];
  return adjugate.map((value) => value / determinant) as unknown as Matrix;
}

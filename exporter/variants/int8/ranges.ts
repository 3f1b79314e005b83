/** The smallest and the largest value that was seen, zero included. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** How a float value is written in 8 bits: value = scale * (level - zeroPoint), level 0 to 255. */
export interface Levels {
  readonly scale: number;
  readonly zeroPoint: number;
}

const TOP_LEVEL = 255;

/**
 * Widens a range by new values.
 *
 * @throws Error that names the value when one of them is not finite
 */
export function widenRange(
  name: string,
  range: ValueRange | undefined,
  values: Float32Array,
): ValueRange {
  let { min, max } = range ?? { min: 0, max: 0 };
  for (const value of values) {
    if (!Number.isFinite(value)) {
      throw new Error(
        `${name} becomes ${value} on a calibration picture: check the model's weights`,
      );
    }
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  return { min, max };
}

/**
 * The finest levels that hold a range. Zero is a level of its own, as padding needs it.
 *
 * @throws Error that names the value when it was zero throughout
 */
export function levelsOf(name: string, { min, max }: ValueRange): Levels {
  const scale = Math.fround((max - min) / TOP_LEVEL);
  if (!(scale > 0)) {
    throw new Error(
      `${name} was zero on every calibration picture, so that nothing says how large it can be: calibrate on pictures of what the model is for`,
    );
  }
  return { scale, zeroPoint: Math.round(-min / scale) };
}

/** Two-sided 95 % of a normal distribution lie within this many standard deviations. */
const Z = 1.959964;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's 95 % interval of a share that was seen in a sample (Wilson, 1927).
 *
 * @param share from 0 to 1
 * @param count size of the sample, above zero
 */
export function wilsonInterval(share: number, count: number): Interval {
  const scale = 1 + Z ** 2 / count;
  const centre = (share + Z ** 2 / (2 * count)) / scale;
  const half = (Z * Math.sqrt((share * (1 - share)) / count + Z ** 2 / (4 * count ** 2))) / scale;
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

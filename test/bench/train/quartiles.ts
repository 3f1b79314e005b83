/** The middle of measured values and how far they scatter. */
export interface Quartiles {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

/** Quartiles with linear interpolation between neighbours. Throws a RangeError for no values. */
export function quartiles(values: readonly number[]): Quartiles {
  if (values.length === 0) throw new RangeError('quartiles need at least one value');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => {
    const position = share * (sorted.length - 1);
    const below = sorted[Math.floor(position)] as number;
    const above = sorted[Math.ceil(position)] as number;
    return below + (position % 1) * (above - below);
  };
  return { lower: at(0.25), median: at(0.5), upper: at(0.75) };
}

import type { Precision, VariantQuality, VariantSpeed } from '../../models/contract/variants.ts';

/** What a variant may lose at most to be shipped. */
export const LIMITS = {
  /** The paired 95 % interval of success against float32 lies above this, by every instrument. */
  successDifference: -0.03,
  ssim: 0.97,
  /** How many times as fast int8 must be on a provider, at least. */
  int8Speed: 1.3,
} as const;

/** A variant that was measured. */
export interface MeasuredVariant {
  readonly precision: Precision;
  readonly speed: readonly VariantSpeed[];
  /** Missing for float32, which the others are measured against. */
  readonly quality?: VariantQuality | undefined;
}

/** Whether results stay close enough to those of the float32 file. */
export function keepsQuality({ ssim, success }: VariantQuality): boolean {
  return (
    ssim >= LIMITS.ssim &&
    success.length > 0 &&
    success.every(({ low }) => low > LIMITS.successDifference)
  );
}

/**
 * Which provider classes should load which variant. int8 serves where it is fast, fp16 where the
 * file travels over the network: in browsers, which compute with either file alike. A GPU of a
 * server loads float32 from its disk.
 */
export function assignProviders(
  variants: readonly MeasuredVariant[],
): ReadonlyMap<Precision, readonly string[]> {
  const sound = variants.filter(
    ({ quality, precision }) =>
      precision === 'fp32' || (quality !== undefined && keepsQuality(quality)),
  );
  const isSound = (precision: Precision): boolean =>
    sound.some((variant) => variant.precision === precision);
  const isFast = (provider: string): boolean =>
    sound.some(
      ({ precision, speed }) =>
        precision === 'int8' &&
        speed.some((row) => row.provider === provider && row.ratio >= LIMITS.int8Speed),
    );
  const small: Precision = isSound('fp16') ? 'fp16' : 'fp32';
  const choices: readonly (readonly [string, Precision])[] = [
    ['cuda', 'fp32'],
    ['cpu', isFast('cpu') ? 'int8' : 'fp32'],
    ['wasm', isFast('wasm') ? 'int8' : small],
    ['webgpu', small],
  ];
  return new Map(
    variants.map(({ precision }) => [
      precision,
      choices.filter(([, chosen]) => chosen === precision).map(([provider]) => provider),
    ]),
  );
}

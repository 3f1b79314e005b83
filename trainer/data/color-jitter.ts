import { lumaOf } from '../../models/contract/luma.ts';
import type { Random } from '../random.ts';

/**
 * How far colours may be from a picture's own, drawn anew each time a face is shown: photographs are
 * brighter, flatter, warmer or greyer than the data, and a network that never saw such faces paints
 * patches on them.
 */
export interface ColorJitter {
  /** Share of the faces whose colours are changed at all. */
  readonly share: number;
  /** Of these, the share that turns grey. */
  readonly grey: number;
  /** Largest factor, either way, on all channels. */
  readonly light: number;
  /** Largest factor, either way, on the distance from middle grey. */
  readonly contrast: number;
  /** Largest factor, either way, on the distance from the pixel's own grey. */
  readonly saturation: number;
  /** Largest factor, either way, on red and on blue alone. */
  readonly balance: number;
}

/** One face's change of colours. */
export interface ColorChange {
  readonly saturation: number;
  /** Factors on red, green and blue. */
  readonly gains: readonly [number, number, number];
  readonly contrast: number;
}

const MIDDLE_GREY = 128;

/** Factors log-uniform within the jitter's limits; undefined for a face that keeps its colours. */
export function randomColorChange(jitter: ColorJitter, random: Random): ColorChange | undefined {
  if (random.uniform() >= jitter.share) return undefined;
  const factor = (limit: number): number => limit ** (2 * random.uniform() - 1);
  const isGrey = random.uniform() < jitter.grey;
  const light = factor(jitter.light);
  const contrast = factor(jitter.contrast);
  const saturation = factor(jitter.saturation);
  const [red, blue] = [factor(jitter.balance), factor(jitter.balance)];
  if (isGrey) return { saturation: 0, gains: [light, light, light], contrast };
  return { saturation, gains: [light * red, light, light * blue], contrast };
}

/** Changes a picture in place: uint8 RGB, [pixels, 3]. */
export function changeColors(
  levels: Uint8Array,
  { saturation, gains, contrast }: ColorChange,
): void {
  for (let i = 0; i < levels.length; i += 3) {
    const grey = lumaOf(levels[i] as number, levels[i + 1] as number, levels[i + 2] as number);
    for (let c = 0; c < 3; c++) {
      const saturated = grey + saturation * ((levels[i + c] as number) - grey);
      const lit = saturated * (gains[c] as number);
      const level = Math.round(MIDDLE_GREY + contrast * (lit - MIDDLE_GREY));
      levels[i + c] = Math.min(255, Math.max(0, level));
    }
  }
}

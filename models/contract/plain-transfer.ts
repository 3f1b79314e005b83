import { lumaOf } from './luma.ts';
import { smoothstep } from './smoothstep.ts';
import type { Transfer } from './transfer.ts';

/** Share of the photo's own fine detail that a strong change takes away. */
const DAMPING = 0.5;
/** Luma differences, in levels, from which damping sets in and from which it is complete. */
const DAMPING_START = 8;
const DAMPING_FULL = 32;
/** Per crop pixel: three parts of the change, three of the crop, and the damping. */
const CHANNELS = 7;

/**
 * Adds the enlarged change. Where it is strong (a beard that goes, lips that gain colour), the
 * photo's finer detail stems from what is no longer there, so half of it is taken away.
 */
export const plainTransfer: Transfer = {
  describe(crop, change) {
    const { width, height, data: levels } = crop;
    const data = new Float32Array(width * height * CHANNELS);
    for (let i = 0, to = 0; i < change.length; i += 3, to += CHANNELS) {
      data.set(change.subarray(i, i + 3), to);
      data.set(levels.subarray(i, i + 3), to + 3);
      const luma = lumaOf(change[i] as number, change[i + 1] as number, change[i + 2] as number);
      data[to + 6] = DAMPING * smoothstep(DAMPING_START, DAMPING_FULL, Math.abs(luma));
    }
    return { width, height, channels: CHANNELS, data };
  },

  changeAt(sample, red, green, blue, change) {
    // Bicubic enlargement may overshoot.
    const damping = Math.max(0, Math.min(DAMPING, sample[6] as number));
    change[0] = (sample[0] as number) - damping * (red - (sample[3] as number));
    change[1] = (sample[1] as number) - damping * (green - (sample[4] as number));
    change[2] = (sample[2] as number) - damping * (blue - (sample[5] as number));
  },
};

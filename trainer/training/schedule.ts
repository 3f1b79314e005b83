import type { LossWeights } from '../config.ts';

/** Where a run stands: its step, counted from 0, and the share of its time or steps that is over. */
export interface Progress {
  readonly step: number;
  /** 0 to 1. */
  readonly fraction: number;
}

/** Constant for the first half of the run, then linear to zero. */
export function learningRate(base: number, { fraction }: Progress): number {
  return base * Math.min(1, 2 * (1 - Math.min(1, fraction)));
}

/** Linear from 0 to 1, so that the discriminator has something to say when the generator listens. */
export function adversarialWeight(loss: LossWeights, { step }: Progress): number {
  return Math.min(1, step / Math.max(1, loss.adversarialRampSteps));
}

/** Falls by a half cosine from `lowpassStart` to `lowpassEnd` over the first part of the run. */
export function lowpassWeight(loss: LossWeights, { fraction }: Progress): number {
  const position = Math.min(1, fraction / loss.lowpassRamp);
  const cosine = (1 + Math.cos(Math.PI * position)) / 2;
  return loss.lowpassEnd + (loss.lowpassStart - loss.lowpassEnd) * cosine;
}

/**
 * 0, then 1 for the last part of the run: the network first learns to make faces over, then to leave
 * alone what need not change.
 */
export function restraint(loss: LossWeights, { fraction }: Progress): number {
  return fraction < loss.restraintFrom ? 0 : 1;
}

/** Short averages first: min(decay, (1 + step) / (10 + step)). */
export function emaDecay(decay: number, { step }: Progress): number {
  return Math.min(decay, (1 + step) / (10 + step));
}

import type { ModernConfig } from '../config.ts';
import type { Progress } from './progress.ts';

/** Steps until a warm-started run, whose optimisers know no moments yet, learns at its full rate. */
const WARM_UP_STEPS = 200;

/** Constant for the first half of the run, then linear to zero; rising at first after a warm start. */
export function learningRate(config: ModernConfig, { step, fraction }: Progress): number {
  const warmUp = config.warmStart === undefined ? 1 : Math.min(1, (step + 1) / WARM_UP_STEPS);
  return config.learningRate * warmUp * Math.min(1, 2 * (1 - Math.min(1, fraction)));
}

/**
 * Linear from 0 to 1, so that the discriminator has something to say when the generator listens;
 * always 1 after a warm start, whose discriminator knows already.
 */
export function adversarialWeight({ loss, warmStart }: ModernConfig, { step }: Progress): number {
  if (warmStart !== undefined) return 1;
  return Math.min(1, step / Math.max(1, loss.adversarialRampSteps));
}

/**
 * Falls by a half cosine from `lowpassStart` to `lowpassEnd` over the first part of the run; stays
 * at its end after a warm start.
 */
export function lowpassWeight({ loss, warmStart }: ModernConfig, { fraction }: Progress): number {
  if (warmStart !== undefined) return loss.lowpassEnd;
  const position = Math.min(1, fraction / loss.lowpassRamp);
  const cosine = (1 + Math.cos(Math.PI * position)) / 2;
  return loss.lowpassEnd + (loss.lowpassStart - loss.lowpassEnd) * cosine;
}

/**
 * 0, then 1 for the last part of the run: the network first learns to make faces over, then to leave
 * alone what need not change. Always 1 after a warm start.
 */
export function restraint({ loss, warmStart }: ModernConfig, { fraction }: Progress): number {
  return warmStart === undefined && fraction < loss.restraintFrom ? 0 : 1;
}

/** Whether the generator's normalisations are to use fixed statistics from now on. */
export function isNormFrozen({ freezeNormFrom }: ModernConfig, { fraction }: Progress): boolean {
  return freezeNormFrom !== undefined && fraction >= freezeNormFrom;
}

/** Short averages first: min(decay, (1 + step) / (10 + step)); at once long after a warm start. */
export function emaDecay({ emaDecay: decay, warmStart }: ModernConfig, { step }: Progress): number {
  return warmStart === undefined ? Math.min(decay, (1 + step) / (10 + step)) : decay;
}

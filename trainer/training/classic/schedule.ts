import type { Annealing, ClassicConfig } from '../../config.ts';

/** Of the README's schedule, one batch in so many only evaluates the losses. */
export const EVALUATION_EVERY_BATCHES = 11;
const HALVING_BATCHES = 5000;
const MIN_LEARNING_RATE = 1e-7;

/** Of the last commit's schedule: the critic learns alone at first. */
const CRITIC_ONLY_STEPS = 200;
const CRITIC_ONLY_BATCHES = 10;
/** Later, a step is these rounds of one batch for both networks and some for the critic alone. */
const ROUNDS = 2;
const CRITIC_BATCHES_PER_ROUND = 3;
const WASSERSTEIN_HALVING_STEPS = 10_000;
const WASSERSTEIN_MIN_LEARNING_RATE = 1e-6;

/** Which networks a batch updates. */
export type BatchUse = 'both' | 'critic';

/** The temperature of the README's run: 1, or, as intended, halved at the first batch and every 5000. */
export function temperature(annealing: Annealing, step: number): number {
  return annealing === 'as-run' ? 1 : 0.5 ** (1 + Math.floor(step / HALVING_BATCHES));
}

/** The temperature of the last commit: halved every 10,000 steps. */
export function wassersteinTemperature(step: number): number {
  return 0.5 ** Math.floor(step / WASSERSTEIN_HALVING_STEPS);
}

/** Weight of the pixel loss at a temperature; the adversarial loss has the rest of 1. */
export function pixelWeight(heat: number): number {
  return 0.7 + 0.25 * heat;
}

/** Standard deviation, at a temperature, of the noise on what the discriminator sees, at a pixel range of [0, 1]. */
export function noiseDeviation(heat: number): number {
  return 0.2 * heat;
}

/** Whether a step, which is one batch of the README's schedule, leaves the networks as they are. */
export function isEvaluation(step: number): boolean {
  return step % EVALUATION_EVERY_BATCHES === EVALUATION_EVERY_BATCHES - 1;
}

/** What the batches of one step of the last commit's schedule are for. */
export function wassersteinBatches(step: number): BatchUse[] {
  if (step < CRITIC_ONLY_STEPS) return Array<BatchUse>(CRITIC_ONLY_BATCHES).fill('critic');
  const round: BatchUse[] = ['both', ...Array<BatchUse>(CRITIC_BATCHES_PER_ROUND).fill('critic')];
  return Array<BatchUse[]>(ROUNDS).fill(round).flat();
}

/** The rate of both networks: proportional to the temperature, with a floor. */
export function classicLearningRate(config: ClassicConfig, step: number): number {
  return config.objective === 'cross-entropy'
    ? Math.max(config.learningRate * temperature(config.annealing, step), MIN_LEARNING_RATE)
    : Math.max(config.learningRate * wassersteinTemperature(step), WASSERSTEIN_MIN_LEARNING_RATE);
}

/** Batches that have updated a network after so many steps. */
export function trainedBatches({ objective }: ClassicConfig, steps: number): number {
  if (objective === 'cross-entropy') return steps - Math.floor(steps / EVALUATION_EVERY_BATCHES);
  const first = Math.min(steps, CRITIC_ONLY_STEPS);
  return first * CRITIC_ONLY_BATCHES + (steps - first) * ROUNDS * (1 + CRITIC_BATCHES_PER_ROUND);
}

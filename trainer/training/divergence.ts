import type { TrainingDivergence } from '../../models/contract/manifest.ts';
import type { SamplerState } from '../data/sampler.ts';
import type { ParameterValues } from '../networks/parameters.ts';
import { Random } from '../random.ts';

/** After this many reloads a run ends with an error. */
export const MAX_DIVERGENCES = 3;

/** No loss of a preset comes near this, the unbounded ones of a Wasserstein critic included. */
const EXPLODED_LOSS = 1e6;

/** Training diverged more often than a lower learning rate can be expected to help. */
export class DivergenceError extends Error {}

/** What is wrong with a step's losses, if anything is. */
export function findDivergence(losses: ReadonlyMap<string, number>): string | undefined {
  for (const [name, loss] of losses) {
    if (!Number.isFinite(loss)) return `${name} is not a number`;
    if (Math.abs(loss) > EXPLODED_LOSS) return `${name} is ${loss.toPrecision(3)}`;
  }
  return undefined;
}

/**
 * The first tensor with a value that is not finite, if there is one: an update can spoil a network
 * after the losses of its step were sound.
 */
export function findSpoiltTensor(tensors: ParameterValues): string | undefined {
  for (const [name, { data }] of tensors) {
    // A sum is finite when all its terms are: these are far from float64's limit.
    let sum = 0;
    for (const value of data) sum += value;
    if (!Number.isFinite(sum)) return `${name} has values that are not finite`;
  }
  return undefined;
}

export function learningRateScale(divergences: readonly TrainingDivergence[]): number {
  return divergences.at(-1)?.learningRateScale ?? 1;
}

/** Another order of the same faces, so that the run does not meet the same batches again. */
export function reorderSampler(state: SamplerState, seed: number): SamplerState {
  return {
    random: new Random(seed).state,
    // A deck that is used up is shuffled before the next draw.
    decks: state.decks.map((deck) => ({ ...deck, next: Number.MAX_SAFE_INTEGER })),
  };
}

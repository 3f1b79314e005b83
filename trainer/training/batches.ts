import type { Batch, Sampler, SamplerState } from '../data/sampler.ts';

/** Where the loop's batches come from. */
export interface BatchSource {
  next(): Promise<Batch>;
  /** As it was after the last batch that was handed out, whatever has been prepared since. */
  state: SamplerState;
}

/** Draws every batch when it is asked for. */
export function batchesOf(sampler: Sampler, batchSize: number): BatchSource {
  return {
    next: async () => sampler.next(batchSize),
    get state() {
      return sampler.state;
    },
    set state(state) {
      sampler.state = state;
    },
  };
}

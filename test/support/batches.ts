import type { BatchSource } from '../../trainer/data/batch-queue.ts';
import type { Sampler } from '../../trainer/data/sampler.ts';

/** Draws each batch when it is asked for, in this thread. */
export function batchesOf(sampler: Sampler, batchSize: number): BatchSource {
  return {
    next: async () => sampler.next(batchSize),
    get state() {
      return sampler.state;
    },
    set state(state) {
      sampler.state = state;
    },
    close: async () => undefined,
  };
}

import { Gauge, type Registry } from 'prom-client';
import type { BatchItemState } from '../../models/contract/api/batches.ts';
import type { BatchStore } from './batch-store.ts';

/** Adds the gauge of a store's items to a service's metrics; they are counted when it is read. */
export function observeBatches(registry: Registry, store: Pick<BatchStore, 'batches'>): void {
  const items = new Gauge({
    name: 'dm_batch_items',
    help: 'Photos of the batches that are kept, by state.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const sums = { queued: 0, running: 0, succeeded: 0, failed: 0, canceled: 0 };
      for (const { counts } of store.batches) {
        for (const state of Object.keys(sums) as BatchItemState[]) sums[state] += counts[state];
      }
      for (const [state, sum] of Object.entries(sums)) items.set({ state }, sum);
    },
  });
}

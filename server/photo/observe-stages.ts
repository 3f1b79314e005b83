import type { Metrics } from '../metrics.ts';
import type { PoolResult } from './ticket.ts';

/** Counts the time that a photo took in each stage after its upload. */
export function observeStages(
  { stageDuration }: Pick<Metrics, 'stageDuration'>,
  { queueMs, timingsMs }: Pick<PoolResult, 'queueMs' | 'timingsMs'>,
): void {
  for (const [stage, ms] of Object.entries({ queue: queueMs, ...timingsMs })) {
    stageDuration.observe({ stage }, ms / 1000);
  }
}

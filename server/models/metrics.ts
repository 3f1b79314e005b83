import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** A version is checked by every worker, one after the other. */
const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What is counted and measured about versions of models. */
export function createModelMetrics(registers: Registry[]) {
  return {
    modelSwaps: new Counter({
      name: 'dm_model_swap_total',
      help: 'Changes of the version that serves, and attempts at it.',
      labelNames: ['name', 'result'],
      registers,
    }),
    modelSwapDuration: new Histogram({
      name: 'dm_model_swap_duration_seconds',
      help: 'From the first look at a version until all workers have it, checked and warm.',
      buckets: SECONDS,
      registers,
    }),
    outputDrift: new Gauge({
      name: 'dm_output_drift',
      help: "Grey levels between a canary's mean change of faces and the active version's.",
      labelNames: ['name', 'version'],
      registers,
    }),
    modelInfo: new Gauge({
      name: 'dm_model_info',
      help: '1 for every version that can be asked for.',
      labelNames: ['name', 'version', 'ep', 'sha256'],
      registers,
    }),
  };
}

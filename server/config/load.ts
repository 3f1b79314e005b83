import { availableParallelism } from 'node:os';
import type { z } from 'zod';
import { integer, MAX_TIMER_MS, MIB } from './setting-kinds.ts';

/** How much work is taken at a time. */
export const loadVariables = {
  DM_WORKERS: integer(1, 512, availableParallelism()).describe('photo workers'),
  DM_WORKER_MAX_RSS_BYTES: integer(64 * MIB, 2 ** 40, 1024 * MIB).describe(
    'a worker that holds more memory after a photo is replaced',
  ),
  DM_WORKER_HANG_MS: integer(100, MAX_TIMER_MS, 10_000).describe(
    'a worker with a photo that gives no sign of life for so long is replaced',
  ),
  DM_WORKER_LOAD_TIMEOUT_MS: integer(1, MAX_TIMER_MS, 120_000).describe(
    'time for a worker to load and check the models',
  ),
  DM_DECODE_BUDGET_MB: integer(1, 2 ** 20, 512).describe(
    'MiB for decoded photos in all workers together; a larger photo is worked on alone',
  ),
  DM_UPLOAD_BUDGET_MB: integer(1, 2 ** 20, 512).describe(
    'MiB for uploads that arrive, wait or are in work',
  ),
  DM_QUEUE_MAX_REQUESTS: integer(1, 65536, Math.max(64, 8 * availableParallelism())).describe(
    'photos uploading, waiting, in work or being sent',
  ),
  DM_QUEUE_MAX_PIXELS: integer(1, 2 ** 40, 500_000_000).describe(
    'pixels of the photos that wait or are in work',
  ),
  DM_QUEUE_MAX_FACES: integer(1, 2 ** 20, 1024).describe(
    'faces expected in the photos that wait or are in work',
  ),
  DM_CACHE_MB: integer(0, 2 ** 20, 64).describe(
    'MiB of results kept in memory for the client that asks again; 0 keeps none',
  ),
};

export function toLoad(values: z.infer<z.ZodObject<typeof loadVariables>>) {
  return {
    workers: values.DM_WORKERS,
    workerMaxRssBytes: values.DM_WORKER_MAX_RSS_BYTES,
    workerHangMs: values.DM_WORKER_HANG_MS,
    workerLoadTimeoutMs: values.DM_WORKER_LOAD_TIMEOUT_MS,
    decodeBudgetBytes: values.DM_DECODE_BUDGET_MB * MIB,
    cacheBytes: values.DM_CACHE_MB * MIB,
    queueMaxRequests: values.DM_QUEUE_MAX_REQUESTS,
    queueMaxPixels: values.DM_QUEUE_MAX_PIXELS,
    queueMaxFaces: values.DM_QUEUE_MAX_FACES,
    uploadBudgetBytes: values.DM_UPLOAD_BUDGET_MB * MIB,
  } as const;
}

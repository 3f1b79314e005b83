import { availableParallelism } from 'node:os';
import type { z } from 'zod';
import { integer, MIB } from './setting-kinds.ts';

/** How much work is taken at a time. */
export const loadVariables = {
  DM_WORKERS: integer(1, 512, availableParallelism()).describe('photo workers'),
  DM_WORKER_MAX_RSS_BYTES: integer(64 * MIB, 2 ** 40, 1024 * MIB).describe(
    'a worker that holds more memory after a photo is replaced',
  ),
  // Waiting photos stay in memory: at most this number times DM_MAX_UPLOAD_BYTES.
  DM_QUEUE_MAX_REQUESTS: integer(1, 65536, 64).describe(
    'photos uploading, waiting, in work or being sent',
  ),
};

export function toLoad(values: z.infer<z.ZodObject<typeof loadVariables>>) {
  return {
    workers: values.DM_WORKERS,
    workerMaxRssBytes: values.DM_WORKER_MAX_RSS_BYTES,
    queueMaxRequests: values.DM_QUEUE_MAX_REQUESTS,
  } as const;
}

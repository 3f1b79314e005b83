import type { z } from 'zod';
import { integer } from './setting-kinds.ts';

const GIB = 2 ** 30;

/** What batches may keep on the disk, and for how long. */
export const batchVariables = {
  DM_BATCH_MAX_ITEMS: integer(1, 1_000_000, 10_000).describe('photos in one batch'),
  DM_MAX_DATA_BYTES: integer(0, 2 ** 50, 10 * GIB).describe(
    'bytes of DM_DATA_DIR that batches may take, room for their results included; 0 takes none',
  ),
  DM_RESULT_TTL_S: integer(1, 31_536_000, 3600).describe(
    'a batch is removed so many seconds after its end, an open one after its last change',
  ),
};

export function toBatches(values: z.infer<z.ZodObject<typeof batchVariables>>) {
  return {
    batchMaxItems: values.DM_BATCH_MAX_ITEMS,
    maxDataBytes: values.DM_MAX_DATA_BYTES,
    resultTtlMs: values.DM_RESULT_TTL_S * 1000,
  } as const;
}

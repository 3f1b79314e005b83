import { z } from 'zod';
import { flag, integer } from './setting-kinds.ts';

const MAX_BATCH = 256;

/** Where generators run, and how faces form batches there. */
export const deviceVariables = {
  DM_EP: z
    .enum(['auto', 'cpu', 'cuda'])
    .default('auto')
    .describe('execution provider; auto takes cuda where it works'),
  DM_EP_STRICT: flag(false).describe('refuse to start when DM_EP=cuda would fall back to the CPU'),
  DM_DEVICE_IDS: integerList([0], 0, 255)
    .refine((ids) => new Set(ids).size === ids.length, 'expected every number once')
    .describe('CUDA cards, separated by commas; each gets a device process'),
  DM_DEVICE_PROCESS: z
    .enum(['auto', 'on'])
    .default('auto')
    .describe('auto: device processes with cuda only; on: on the CPU too, to try them'),
  DM_BATCH_BUCKETS: integerList([1, 2, 4, 8, 16, 32], 1, MAX_BATCH)
    .refine(isIncreasing, 'expected increasing numbers')
    .describe('batch sizes of a device process; a batch is padded to the next one'),
  DM_BATCH_MAX_DELAY_MS: integer(0, 1000, 4).describe(
    'longest wait of a face for others that share its batch',
  ),
};

export function toDevice(values: z.infer<z.ZodObject<typeof deviceVariables>>) {
  return {
    provider: { wanted: values.DM_EP, isStrict: values.DM_EP_STRICT },
    deviceIds: values.DM_DEVICE_IDS,
    deviceProcess: values.DM_DEVICE_PROCESS,
    batchBuckets: values.DM_BATCH_BUCKETS,
    batchMaxDelayMs: values.DM_BATCH_MAX_DELAY_MS,
  } as const;
}

/** Whole numbers from `min` to `max`, separated by commas. */
function integerList(defaultValue: readonly number[], min: number, max: number) {
  return z
    .string()
    .regex(/^\s*\d+\s*(,\s*\d+\s*)*$/, 'expected whole numbers, separated by commas')
    .transform((list): readonly number[] => list.split(',').map(Number))
    .refine(
      (numbers) => numbers.every((number) => number >= min && number <= max),
      `expected numbers from ${min} to ${max}`,
    )
    .default(defaultValue);
}

function isIncreasing(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => number > (numbers[i - 1] ?? 0));
}

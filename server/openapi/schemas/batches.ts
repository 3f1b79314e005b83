import { z } from 'zod';
import type {
  BatchItemProblem,
  BatchItemsView,
  BatchItemView,
  BatchResultView,
  BatchState,
  BatchView,
} from '../../../models/contract/api/batches.ts';
import { schemaOf } from '../schema-of.ts';
import { ERROR_CODES } from './problem.ts';

const moment = (description: string) => z.string().meta({ format: 'date-time', description });

const stateSchema = schemaOf<BatchState>()(
  'BatchState',
  '`open`: takes items until it is sealed, and works on those it has. `running`: sealed, and some ' +
    'items have not ended. `completed`: all have ended, in whatever way. `canceled`: by DELETE.',
  z.enum(['open', 'running', 'completed', 'canceled']),
);

const itemState = z.enum(['queued', 'running', 'succeeded', 'failed', 'canceled']);

export const batchSchema = schemaOf<BatchView>()(
  'Batch',
  'Photos that are made over with the same parameters. That some fail is a normal end.',
  z.object({
    id: z.string().describe('128 random bits.'),
    state: stateSchema,
    createdAt: moment('When it was begun.'),
    endedAt: moment('Absent while something is to be done.').optional(),
    expiresAt: moment('When it is removed; absent while something is to be done.').optional(),
    parameters: z.record(z.string(), z.string()).describe('As they were given.'),
    items: z.int().describe('Number of items.'),
    counts: z
      .object({
        queued: z.int(),
        running: z.int(),
        succeeded: z.int(),
        failed: z.int(),
        canceled: z.int(),
      })
      .describe('Number of items by state.'),
    etaS: z.number().optional().describe('Seconds to the end, by the rate of the last items.'),
  }),
);

const resultSchema = schemaOf<BatchResultView>()(
  'BatchResult',
  'What came out of a photo.',
  z.object({
    name: z.string().describe('In the archive of results.'),
    bytes: z.int(),
    faces: z.int().describe('Number of faces made over.'),
    model: z.string().describe('The generator, as `name/version`.'),
  }),
);

const itemProblemSchema = schemaOf<BatchItemProblem>()(
  'BatchItemProblem',
  'Why an item failed.',
  z.object({ code: z.enum(ERROR_CODES), detail: z.string() }),
);

const itemSchema = schemaOf<BatchItemView>()(
  'BatchItem',
  'One photo of a batch.',
  z.object({
    number: z.int().min(1).describe('1 for the first item of the batch.'),
    name: z.string().describe('As the client calls it; folders are parted by `/`.'),
    state: itemState,
    bytes: z.int().describe("Of the photo's file."),
    sha256: z.string().describe("Of the photo's file, in hexadecimal digits."),
    result: resultSchema.optional(),
    problem: itemProblemSchema.optional(),
  }),
);

export const batchItemsSchema = schemaOf<BatchItemsView>()(
  'BatchItems',
  'Items by their numbers.',
  z.object({
    items: z.array(itemSchema),
    nextCursor: z.string().optional().describe('For `cursor`; absent when no more follow.'),
  }),
);

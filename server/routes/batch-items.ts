import { z } from 'zod';
import type { BatchItemState, BatchItemsView } from '../../models/contract/api/batches.ts';
import { type Batch, viewItem } from '../batches/batch.ts';
import { ProblemError } from '../problem.ts';

const PAGE_ITEMS = 500;
const STATES: readonly [BatchItemState, ...BatchItemState[]] = [
  'queued',
  'running',
  'succeeded',
  'failed',
  'canceled',
];

/** Parameters of the list of items. */
export const itemsSchema = z.strictObject({
  status: z
    .enum(STATES, `expected ${STATES.join(', ')}`)
    .optional()
    .describe('Only items in this state.'),
  cursor: z
    .string()
    .regex(/^\d{1,9}$/, 'expected the nextCursor of the list before')
    .transform(Number)
    .optional()
    .meta({ type: 'string', description: 'The `nextCursor` of the list before.' }),
});

/**
 * A page of a batch's items.
 *
 * @throws ProblemError BAD_PARAMETER
 */
export function listItems(batch: Batch, query: Readonly<Record<string, unknown>>): BatchItemsView {
  const parsed = itemsSchema.safeParse(query);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    );
    throw new ProblemError('BAD_PARAMETER', problems.join('; '));
  }
  const { status, cursor = 0 } = parsed.data;
  const items = [];
  for (const item of batch.items.slice(cursor)) {
    if (status !== undefined && item.state !== status) continue;
    if (items.length === PAGE_ITEMS) {
      return { items, nextCursor: String(items.at(-1)?.number ?? 0) };
    }
    items.push(viewItem(item));
  }
  return { items };
}

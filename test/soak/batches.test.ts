import { expect, test } from 'vitest';
import { runBatchKills } from './batches.ts';

test('a killed service finishes its batch, each photo once', async () => {
  const { faults, killedAt } = await runBatchKills(16, 1);
  expect(faults).toEqual([]);
  expect(killedAt[0]).toBeLessThan(16);
}, 60_000);

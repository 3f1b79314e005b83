import { expect, test } from 'vitest';
import { runSwaps } from './swaps.ts';

test('versions are changed under load, and no photo is lost', async () => {
  const { answered, failures } = await runSwaps(4);
  expect(failures).toEqual([]);
  expect(answered).toBeGreaterThan(4);
});

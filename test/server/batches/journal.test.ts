import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Journal } from '../../../server/batches/journal.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deep-makeover-journal-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function replay(path: string): Promise<number[]> {
  const records: number[] = [];
  await new Journal<number>(path, (record) => records.push(record)).replay();
  return records;
}

test('gives back what was appended, in its order', async () => {
  const path = join(folder, 'order');
  const written: number[] = [];
  const journal = new Journal<number>(path, (record) => written.push(record));
  await journal.begin([1, 2]);
  await Promise.all([3, 4, 5, 6].map((record) => journal.append(record)));
  expect(written).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await replay(path)).toEqual(written);
});

test('goes on after a line that a crash has torn, wherever it was torn', async () => {
  const path = join(folder, 'torn');
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 11 }), async (bytes) => {
      await writeFile(path, Buffer.from('123\n456\n789\n').subarray(0, bytes));
      const records: number[] = [];
      const journal = new Journal<number>(path, (record) => records.push(record));
      await journal.replay();
      const whole = [123, 456].slice(0, Math.floor(bytes / 4));
      expect(records).toEqual(whole);
      await journal.append(7);
      expect(await replay(path)).toEqual([...whole, 7]);
    }),
    { numRuns: 30 },
  );
});

test('refuses a file that is damaged before its last line', async () => {
  const path = join(folder, 'damaged');
  await writeFile(path, '1\n{"\n2\n');
  await expect(replay(path)).rejects.toThrow();
});

test('a failed write is told to its caller and does not harm the file', async () => {
  const path = join(folder, 'failing');
  const journal = new Journal<number>(path, () => {});
  await journal.begin([1]);
  const content = await readFile(path);
  await rm(path);
  await expect(journal.append(2)).rejects.toThrow(/ENOENT/);
  await writeFile(path, content);
  // Half of a record from a write that failed midway is overwritten.
  await appendFile(path, '99');
  await journal.append(3);
  expect(await replay(path)).toEqual([1, 3]);
});

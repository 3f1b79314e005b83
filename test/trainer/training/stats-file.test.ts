import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rewindStats } from '../../../trainer/training/stats-file.ts';

test('lines after the checkpoint and a line that was cut off are dropped', async () => {
  const run = await mkdtemp(join(tmpdir(), 'run-'));
  const path = join(run, 'stats.jsonl');
  await writeFile(path, '{"step":50}\n{"step":100}\n{"step":150}\n{"step":2');
  await rewindStats(run, 100);
  expect(await readFile(path, 'utf8')).toBe('{"step":50}\n{"step":100}\n');
});

test('a run without statistics stays without', async () => {
  const run = await mkdtemp(join(tmpdir(), 'run-'));
  await rewindStats(run, 0);
  await expect(readFile(join(run, 'stats.jsonl'))).rejects.toThrow(/ENOENT/);
});

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChannelStore } from '../../../server/models/channel.ts';

const WRITE_CHANNEL = fileURLToPath(new URL('../../support/write-channel.ts', import.meta.url));

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deep-makeover-disk-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes a channel in a process that may add so many 1024-byte blocks to a file. */
function writeChannel(maxBlocks: string): Promise<{ isWritten: boolean; stderr: string }> {
  const command = 'ulimit -f "$1"; exec "$0" --import tsx "$2" "$3"';
  const args = ['-c', command, process.execPath, maxBlocks, WRITE_CHANNEL, folder];
  return new Promise((resolve) => {
    execFile('bash', args, (error, _stdout, stderr) => {
      resolve({ isWritten: error === null, stderr });
    });
  });
}

test('a channel that cannot be written leaves the old one as it was, and nothing else', async () => {
  const store = new ChannelStore(folder);
  const old = { active: 1, isPinned: true };
  await store.write('tint', old);
  const { isWritten, stderr } = await writeChannel('0');
  expect(isWritten).toBe(false);
  expect(stderr).toContain('EFBIG');
  expect(await store.read('tint')).toEqual(old);
  expect(await readdir(join(folder, 'tint'))).toEqual(['channel.json']);
  // With room again, it works again.
  expect(await writeChannel('unlimited')).toEqual({ isWritten: true, stderr: '' });
  expect(await store.read('tint')).toEqual({ active: 2, isPinned: true });
});

import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { describeStorageError } from '../../../trainer/training/storage-error.ts';

test('a disk without room is told apart from other failures', async () => {
  // Linux's own full device.
  const full = await writeFile('/dev/full', 'x').catch((error: unknown) => error);
  expect(describeStorageError(full, 'runs/1')).toMatch(
    /^cannot write runs\/1: the disk is full \(ENOSPC\); .*--resume runs\/1$/,
  );
  expect(describeStorageError(new Error('G is not a number'), 'runs/1')).toBeUndefined();
  expect(describeStorageError('text', 'runs/1')).toBeUndefined();
});

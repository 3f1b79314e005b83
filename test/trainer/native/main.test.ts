import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { main } from '../../../trainer/native/main.ts';

const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);

afterEach(() => {
  log.mockClear();
  error.mockClear();
});

describe('npm run setup:trainer', () => {
  test('explains itself', async () => {
    expect(await main(['--help'])).toBe(0);
    for (const option of ['--gpu', '--official']) {
      expect(log.mock.calls.join()).toContain(option);
    }
  });

  test.each([
    [['--cuda'], /--cuda/],
    [['folder'], /only --gpu takes a folder/],
    [['--gpu', 'a', 'b'], /unexpected "a b"/],
    [['--official', '--gpu', 'a'], /unexpected "a"/],
  ])('refuses %j', async (args, message) => {
    expect(await main(args)).toBe(2);
    expect(error.mock.calls.join()).toMatch(message);
  });

  test('says what the trainer does without it when it fails', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'empty-'));
    expect(await main(['--gpu', empty])).toBe(1);
    expect(error.mock.calls.join()).toContain(`${empty} has no libtensorflow_cc.so.2`);
    expect(error.mock.calls.join()).toContain('pure JavaScript');
  });
});

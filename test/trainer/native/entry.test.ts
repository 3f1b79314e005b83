import { spawnSync } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { discardEntry, entryName, isComplete, makeEntry } from '../../../trainer/native/entry.ts';

let cache: string;
let entry: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'cache-'));
  entry = join(cache, 'tensorflow-1');
});

function builder(content: string): (directory: string) => Promise<void> {
  return (directory) => writeFile(join(directory, 'library'), content);
}

describe('a cache entry', () => {
  test('is named by library, architecture and the version of tf.js', () => {
    const names = [
      entryName('tensorflow-2.21.0-cpu', 'x64', '4.22.0'),
      entryName('tensorflow-2.21.0-gpu', 'x64', '4.22.0'),
      entryName('tensorflow-2.21.0-cpu', 'arm64', '4.22.0'),
      entryName('tensorflow-2.21.0-cpu', 'x64', '4.23.0'),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  test('is complete once built, and leaves nothing beside it', async () => {
    expect(await isComplete(entry)).toBe(false);
    await makeEntry(entry, ['library'], builder('abc'));
    expect(await isComplete(entry)).toBe(true);
    expect(await readdir(cache)).toEqual(['tensorflow-1']);
  });

  test('is not complete without its marker, or when a file has lost bytes', async () => {
    await mkdir(entry);
    await builder('abc')(entry);
    expect(await isComplete(entry)).toBe(false);
    await makeEntry(entry, ['library'], builder('abc'));
    await truncate(join(entry, 'library'), 2);
    expect(await isComplete(entry)).toBe(false);
  });

  test('replaces one that is not complete', async () => {
    await makeEntry(entry, ['library'], builder('abc'));
    await truncate(join(entry, 'library'), 2);
    await makeEntry(entry, ['library'], builder('def'));
    expect(await readFile(join(entry, 'library'), 'utf8')).toBe('def');
    expect(await readdir(cache)).toEqual(['tensorflow-1']);
  });

  test('does not appear when its build fails or makes too little', async () => {
    const failing = makeEntry(entry, ['library'], () => Promise.reject(new Error('no compiler')));
    await expect(failing).rejects.toThrow('no compiler');
    await expect(makeEntry(entry, ['addon'], builder('abc'))).rejects.toThrow('ENOENT');
    expect(await readdir(cache)).toEqual([]);
  });

  test('is the first finished of several built at once', async () => {
    let release = (): void => undefined;
    const finished = new Promise<void>((resolve) => {
      release = resolve;
    });
    const late = ['b', 'c', 'd'].map((content) =>
      makeEntry(entry, ['library'], async (directory) => {
        await finished;
        await builder(content)(directory);
      }),
    );
    await makeEntry(entry, ['library'], builder('a'));
    release();
    await Promise.all(late);
    expect(await readFile(join(entry, 'library'), 'utf8')).toBe('a');
    expect(await readdir(cache)).toEqual(['tensorflow-1']);
  });

  test('removes what a killed process left, not what a living one builds', async () => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const names = [
      `tensorflow-1.${dead}.0a1b.tmp`,
      `tensorflow-1.${process.ppid}.0a1b.tmp`,
      `tensorflow-2.${dead}.0a1b.tmp`,
    ];
    for (const name of names) await mkdir(join(cache, name));
    await makeEntry(entry, ['library'], builder('abc'));
    expect((await readdir(cache)).sort()).toEqual(['tensorflow-1', ...names.slice(1)]);
  });

  test('is discarded as a whole, and being absent is no error', async () => {
    await makeEntry(entry, ['library'], builder('abc'));
    await discardEntry(entry);
    await discardEntry(entry);
    await expect(access(entry)).rejects.toThrow('ENOENT');
    expect(await readdir(cache)).toEqual([]);
  });
});

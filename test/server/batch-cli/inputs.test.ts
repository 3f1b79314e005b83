import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { globPattern } from '../../../server/batch-cli/glob.ts';
import { listInputs, locateInputs } from '../../../server/batch-cli/inputs.ts';
import { watchInputs } from '../../../server/batch-cli/watch.ts';

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deep-makeover-inputs-'));
  const names = ['b.jpg', 'a.PNG', 'notes.txt', 'sub/c.jpeg', 'sub/deep/d.webp', '.hidden/e.jpg'];
  for (const name of [...names, '._b.jpg', 'out/b.jpg', 'x[1].jpg']) {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), 'x');
  }
  await symlink(at('b.jpg'), at('link.jpg'));
  await symlink(at('sub'), at('linked'));
  await symlink(at('gone.jpg'), at('broken.jpg'));
});
afterAll(() => rm(folder, { recursive: true }));

async function namesOf(input: string, out = at('out')): Promise<string[]> {
  const files = await listInputs(await locateInputs(input, out));
  return files.map(({ name }) => name);
}

describe('IN', () => {
  test('as a folder means its photos, without hidden files and the results', async () => {
    expect(await namesOf(folder)).toEqual([
      'a.PNG',
      'b.jpg',
      'link.jpg',
      'sub/c.jpeg',
      'sub/deep/d.webp',
      'x[1].jpg',
    ]);
  });

  test('as a file means that file, also when its name looks like a pattern', async () => {
    expect(await namesOf(at('x[1].jpg'))).toEqual(['x[1].jpg']);
    expect(await namesOf(at('notes.txt'))).toEqual(['notes.txt']);
  });

  test.each([
    ['*.jpg', ['b.jpg', 'link.jpg', 'x[1].jpg']],
    ['**/*.{jpeg,webp}', ['sub/c.jpeg', 'sub/deep/d.webp']],
    ['sub/**', ['c.jpeg', 'deep/d.webp']],
    ['[!a-b].jpg', []],
    ['?.jpg', ['b.jpg']],
  ])('as the pattern %s means what matches, below the fixed part', async (pattern, expected) => {
    const names = await namesOf(at(pattern));
    expect(names).toEqual(expected);
  });

  test.each(['gone', 'gone.jpg', '*.{jpg', '[a.jpg'])('%s is refused', async (input) => {
    await expect(locateInputs(at(input), at('out'))).rejects.toThrow(/not there|partner/);
  });

  test.each([
    ['.', '.'],
    ['sub', '.'],
    ['b.jpg', '.'],
    ['linked', 'sub'],
    ['sub/*.jpeg', 'linked'],
  ])('%s is refused with results in %s, which holds the photos', async (input, out) => {
    await expect(locateInputs(at(input), at(out))).rejects.toThrow(/could overwrite/);
  });
});

test('a pattern matches letters that mean something in regular expressions as they are', () => {
  expect(globPattern('a+(b)^$.|.jpg').test('a+(b)^$.|.jpg')).toBe(true);
  expect(globPattern('a.jpg').test('axjpg')).toBe(false);
});

test('watching gives a file when it has stopped growing, and again when it has changed', async () => {
  const watched = await mkdtemp(at('watched-'));
  const stop = new AbortController();
  const place = await locateInputs(watched, at('out'));
  const files = watchInputs(place, stop.signal, 20);
  const grow = setInterval(() => void appendFile(join(watched, 'w.jpg'), 'x'), 2);
  let isGrowing = true;
  const first = files.next().then((next) => ({ next, isGrowing }));
  await expect.poll(async () => (await listInputs(place))[0]?.bytes ?? 0).toBeGreaterThan(5);
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
  clearInterval(grow);
  isGrowing = false;
  const { next, isGrowing: wasGrowing } = await first;
  expect(wasGrowing).toBe(false);
  expect(next.value).toMatchObject({ name: 'w.jpg' });
  await writeFile(join(watched, 'w.jpg'), 'another content');
  expect((await files.next()).value).toMatchObject({ name: 'w.jpg', bytes: 15 });
  const last = files.next();
  stop.abort();
  expect((await last).done).toBe(true);
});

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { isLinked, linkPackage, unlinkPackage } from '../../../trainer/native/link.ts';

let packageFolder: string;
let entry: string;

beforeEach(async () => {
  packageFolder = await mkdtemp(join(tmpdir(), 'package-'));
  entry = await mkdtemp(join(tmpdir(), 'entry-'));
  for (const name of ['deps', 'lib']) {
    await mkdir(join(entry, name));
    await writeFile(join(entry, name, 'content'), name);
  }
});

async function expectLinked(): Promise<void> {
  expect(await isLinked(packageFolder)).toBe(true);
  for (const name of ['deps', 'lib']) {
    expect(await readFile(join(packageFolder, name, 'content'), 'utf8')).toBe(name);
  }
  expect((await readdir(packageFolder)).sort()).toEqual(['deps', 'lib']);
}

describe('linking the package to a cache entry', () => {
  test('works, and works again', async () => {
    expect(await isLinked(packageFolder)).toBe(false);
    await linkPackage(packageFolder, entry);
    await expectLinked();
    await linkPackage(packageFolder, entry);
    await expectLinked();
  });

  test('takes the place of folders and of links to entries that are gone', async () => {
    await mkdir(join(packageFolder, 'deps', 'lib'), { recursive: true });
    await linkPackage(packageFolder, join(entry, 'gone'));
    await linkPackage(packageFolder, entry);
    await expectLinked();
  });

  test('is undone, like node_modules is removed, without touching the entry', async () => {
    await linkPackage(packageFolder, entry);
    await unlinkPackage(packageFolder);
    expect(await readdir(packageFolder)).toEqual([]);
    await linkPackage(packageFolder, entry);
    await rm(packageFolder, { recursive: true });
    expect(await readFile(join(entry, 'lib', 'content'), 'utf8')).toBe('lib');
  });
});

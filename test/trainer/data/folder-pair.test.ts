import { copyFile, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadCrops } from '../../../trainer/data/crops.ts';
import {
  PAIR_SELECTION,
  parseFolderPair,
  readData,
  readFolderPair,
} from '../../../trainer/data/folder-pair.ts';
import { selectPopulations } from '../../../trainer/data/populations.ts';
import { useOwnCache } from '../../support/own-cache.ts';
import { drawCelebaFolder, TINY_CROP } from '../../support/tiny-run.ts';

useOwnCache();

/** A plain folder of drawn faces beside a text that is no picture. */
async function drawPictures(faces: number): Promise<string> {
  const drawn = join(await drawCelebaFolder([faces]), 'img_align_celeba');
  const folder = await mkdtemp(join(tmpdir(), 'faces-'));
  for (const name of await readdir(drawn)) await copyFile(join(drawn, name), join(folder, name));
  await writeFile(join(folder, 'notes.txt'), 'no picture');
  return folder;
}

test('two folders are one data set, and each is a target of the other', async () => {
  const [source, target] = [await drawPictures(40), await drawPictures(50)];
  const folder = await readData({ source, target });
  expect(folder.faces).toHaveLength(90);
  expect(folder.picturePath('target/0-003.png')).toBe(join(target, '0-003.png'));
  const [toTarget, toSource] = selectPopulations(folder, PAIR_SELECTION, 0);
  expect(toTarget?.name).toBe('target');
  expect(toTarget?.sources.every(({ file }) => file.startsWith('source/'))).toBe(true);
  expect(toSource?.sources).toHaveLength(toTarget?.targets.length ?? 0);
  const splits = new Map(folder.faces.map(({ file, split }) => [file, split]));
  for (const split of [0, 1, 2]) expect([...splits.values()]).toContain(split);
  expect(splits.get('source/0-007.png')).toBe(splits.get('target/0-007.png'));
  const store = await loadCrops(folder, folder.faces, TINY_CROP, 0);
  expect(store.index.size).toBe(90);
  store.close();
});

test('a folder in the layout of CelebA keeps its partition', async () => {
  const [source, target] = [await drawCelebaFolder([3, 2, 1]), await drawPictures(3)];
  const { faces } = await readFolderPair(source, target);
  const splits = faces.filter(({ has }) => has[0] === false).map(({ split }) => split);
  expect(splits).toEqual([0, 0, 0, 1, 1, 2]);
});

test('a folder that is missing or holds no pictures is refused with what to do', async () => {
  const pictures = await drawPictures(1);
  const empty = await mkdtemp(join(tmpdir(), 'faces-'));
  await mkdir(join(empty, 'img_align_celeba'));
  await expect(readFolderPair(pictures, '/nonexistent')).rejects.toThrow(/cannot read the folder/);
  await expect(readFolderPair(empty, pictures)).rejects.toThrow(/no pictures.*npm run align/);
  await expect(readFolderPair(pictures, pictures)).rejects.toThrow(/same folder/);
});

test.each([
  [{ source: 'a', target: ['b'], data: 'c', faces: '' }, /leave out --data/],
  [{ source: 'a', target: ['b'], data: undefined, faces: 'Male' }, /leave out --data and --faces/],
  [{ source: 'a', target: [], data: undefined, faces: '' }, /one --target DIR/],
  [{ source: 'a', target: ['b', 'c'], data: undefined, faces: '' }, /one --target DIR/],
])('flags %j are refused', (flags, message) => {
  expect(() => parseFolderPair(flags)).toThrow(message);
});

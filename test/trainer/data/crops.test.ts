import { readdir, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { cacheDirectory } from '../../../trainer/cache.ts';
import { type CelebaFolder, readCelebaFolder } from '../../../trainer/data/celeba.ts';
import { openCropFile } from '../../../trainer/data/crop-file.ts';
import { centreCrops } from '../../../trainer/data/crop-view.ts';
import { loadCrops } from '../../../trainer/data/crops.ts';
import { useOwnCache } from '../../support/own-cache.ts';
import { drawCelebaFolder, TINY_CROP } from '../../support/tiny-run.ts';

useOwnCache();

async function readFolder(faces: number): Promise<CelebaFolder> {
  return readCelebaFolder(await drawCelebaFolder([faces]));
}

/** Loads the crops and tells whether they had to be decoded. */
async function load(folder: CelebaFolder): Promise<{ levels: Uint8Array; isDecoded: boolean }> {
  const reports: string[] = [];
  const store = await loadCrops(folder, folder.faces, TINY_CROP, 2, (line) => reports.push(line));
  const levels = centreCrops(
    store,
    folder.faces.map((face) => face.file),
  );
  store.close();
  return { levels, isDecoded: reports.length > 0 };
}

/** The crop files that were written for a folder in the given order, the newest last. */
async function cropFiles(): Promise<string[]> {
  const names = await readdir(cacheDirectory());
  return names.map((name) => join(cacheDirectory(), name));
}

test('faces are decoded once, with the picture around them', async () => {
  const folder = await readFolder(8);
  const first = await load(folder);
  expect(first.isDecoded).toBe(true);
  const { file } = folder.faces[3] ?? { file: '' };
  const { x: left, y: top, width, height } = TINY_CROP;
  const expected = await sharp(folder.picturePath(file))
    .extract({ left, top, width, height })
    .raw()
    .toBuffer();
  expect(first.levels.subarray(3 * expected.length, 4 * expected.length)).toEqual(
    new Uint8Array(expected),
  );
  expect(await load(folder)).toEqual({ levels: first.levels, isDecoded: false });
});

test('a picture that was replaced is decoded anew', async () => {
  const folder = await readFolder(4);
  await load(folder);
  const path = folder.picturePath('0-001.png');
  await sharp({ create: { ...TINY_CROP.frame, channels: 3, background: '#123456' } })
    .png()
    .toFile(path);
  const replaced = await load(folder);
  expect(replaced.isDecoded).toBe(true);
  const start = TINY_CROP.width * TINY_CROP.height * 3;
  expect([...replaced.levels.subarray(start, start + 3)]).toEqual([0x12, 0x34, 0x56]);
  await utimes(path, new Date(0), new Date(0));
  expect((await load(folder)).isDecoded).toBe(true);
});

test.each([
  ['cut off', (path: string, size: number) => truncate(path, size - 1)],
  ['cut off early', (path: string) => truncate(path, 100)],
  ['empty', (path: string) => truncate(path, 0)],
  ['something else', (path: string) => writeFile(path, '{"files":[]}'.repeat(50))],
])('a crop file that is %s is written anew', async (_, damage) => {
  const before = new Set(await cropFiles());
  const folder = await readFolder(4);
  const whole = await load(folder);
  const path = (await cropFiles()).find((name) => !before.has(name)) ?? '';
  await damage(path, (await stat(path)).size);
  expect(openCropFile(path)).toBeUndefined();
  expect(await load(folder)).toEqual(whole);
  expect((await load(folder)).isDecoded).toBe(false);
});

test('a crop file with room for one face less than it names is refused', async () => {
  const before = new Set(await cropFiles());
  const store = await loadCrops(await readFolder(2), [], TINY_CROP, 0);
  store.close();
  const path = (await cropFiles()).find((name) => !before.has(name)) ?? '';
  const end = Buffer.from(
    JSON.stringify({ crop: TINY_CROP, margin: 0, files: ['a.png'], skipped: [] }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(end.length);
  await writeFile(path, Buffer.concat([end, length, Buffer.from('DMCROPS1')]));
  expect(openCropFile(path)).toBeUndefined();
});

test('what killed runs left and what nobody used for long is removed, the rest stays', async () => {
  const name = (digit: string): string => join(cacheDirectory(), `crops-${digit.repeat(24)}.bin`);
  await load(await readFolder(2));
  // No process has the largest number that Linux gives.
  const left = `${name('a')}.4194304.tmp`;
  const inWork = `${name('b')}.${process.ppid}.tmp`;
  for (const path of [left, inWork, name('c'), name('d')]) await writeFile(path, 'faces');
  const longAgo = new Date(Date.now() - 31 * 24 * 3600 * 1000);
  await utimes(name('c'), longAgo, longAgo);
  await load(await readFolder(3));
  const kept = await cropFiles();
  expect(kept).toEqual(expect.arrayContaining([inWork, name('d')]));
  expect(kept).not.toContain(left);
  expect(kept).not.toContain(name('c'));
});

/** A data set that shows one picture under many names, and others under some. */
async function repeatedFolder(
  faces: number,
  others: Record<string, string>,
): Promise<CelebaFolder> {
  const folder = await readFolder(1);
  const picture = folder.picturePath('0-000.png');
  const names = Array.from({ length: faces }, (_, i) => `${String(i).padStart(3, '0')}.png`);
  return {
    ...folder,
    faces: names.map((file) => ({ file, split: 0, has: [] })),
    picturePath: (file) => others[file] ?? picture,
  };
}

test('unreadable pictures are skipped and named in order', async () => {
  const broken = join(cacheDirectory(), 'broken.png');
  await writeFile(broken, 'not a picture');
  const folder = await repeatedFolder(200, { '004.png': `${broken}.gone`, '103.png': broken });
  const store = await loadCrops(folder, folder.faces, TINY_CROP, 2);
  expect(store.skipped).toEqual([
    expect.stringMatching(/^004.png: is missing$/),
    expect.stringMatching(/^103.png: .*unsupported/),
  ]);
  expect(store.index.has('004.png')).toBe(false);
  expect(store.index.size).toBe(198);
  expect(() => store.read('103.png')).toThrow(/not among the decoded faces/);
  store.close();
});

test('more than one unreadable picture in a hundred is an error, and leaves no file', async () => {
  const before = await cropFiles();
  const folder = await repeatedFolder(120, { '003.png': '/none/a.png', '004.png': '/none/b.png' });
  await expect(loadCrops(folder, folder.faces, TINY_CROP, 3)).rejects.toThrow(
    /more than 1 % of the 120 pictures .*, 2 so far: 003.png: .*004.png/,
  );
  expect(await cropFiles()).toEqual(before);
});

test('a picture that is no aligned frame is refused with the command that makes one', async () => {
  const folder = await readFolder(3);
  await sharp({ create: { width: 90, height: 70, channels: 3, background: 'red' } })
    .png()
    .toFile(folder.picturePath('0-001.png'));
  await expect(load(folder)).rejects.toThrow(/0-001.png: is 90x70 px.* 28x32: npm run align/);
});

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAttributes, readCelebaFolder } from '../../../trainer/data/celeba.ts';
import { centreCrops } from '../../../trainer/data/crop-view.ts';
import { loadCrops } from '../../../trainer/data/crops.ts';
import { selectPopulations } from '../../../trainer/data/populations.ts';
import { Sampler } from '../../../trainer/data/sampler.ts';
import { Random } from '../../../trainer/random.ts';
import { useOwnCache } from '../../support/own-cache.ts';
import { drawCelebaFolder, TINY_CROP } from '../../support/tiny-run.ts';

useOwnCache();

const SELECTION = { faces: '!Hat', targets: { feminine: '!Male', masculine: 'Male,!Hat' } };

test('a folder is read with its attributes and splits', async () => {
  const folder = await readCelebaFolder(await drawCelebaFolder([6, 2, 2]));
  expect(folder.attributes).toEqual(['Male', 'Hat']);
  expect(folder.faces).toHaveLength(10);
  expect(folder.faces[0]).toEqual({ file: '0-000.png', split: 0, has: [true, true] });
});

test('a folder that is no data set is refused with what one holds', async () => {
  await expect(readCelebaFolder('/nonexistent')).rejects.toThrow(/list_attr_celeba.txt/);
});

test.each([
  ['2\nMale\na.png 1\n', /announces 2 pictures and lists 1/],
  ['1\nMale Hat\na.png 1\n', /line 3: expected a file name and 2 values, got 1/],
  ['1\nMale\na.png yes\n', /line 3: expected 1 or -1, got "yes"/],
  ['Male Hat\na.png 1 1\n', /must start with the number of pictures/],
])('attributes %j are refused', (text, message) => {
  expect(() => parseAttributes(text)).toThrow(message);
});

test('sources are the faces of the other target, without its narrowing terms', async () => {
  const folder = await readCelebaFolder(await drawCelebaFolder([20]));
  const selection = { faces: '', targets: { feminine: '!Male', masculine: 'Male,!Hat' } };
  const [feminine, masculine] = selectPopulations(folder, selection, 0);
  expect(feminine?.sources).toHaveLength(10);
  expect(feminine?.sources.every((face) => face.has[0])).toBe(true);
  expect(masculine?.targets).toHaveLength(8);
  expect(masculine?.sourceTargets.every((k) => k === 0)).toBe(true);
});

test('a target without faces is refused with both counts', async () => {
  const folder = await readCelebaFolder(await drawCelebaFolder([20]));
  const selection = { faces: '', targets: { feminine: '!Male', masculine: 'Male,!Male' } };
  expect(() => selectPopulations(folder, selection, 0)).toThrow(/masculine.*has 0 target and 10/);
});

test('unreadable pictures are skipped and named, and refused above one in a hundred', async () => {
  const directory = await drawCelebaFolder([120]);
  const folder = await readCelebaFolder(directory);
  await writeFile(join(directory, 'img_align_celeba', '0-003.png'), 'not a picture');
  const store = await loadCrops(folder, folder.faces, TINY_CROP, 2);
  expect(store.skipped).toEqual([expect.stringMatching(/^0-003.png: /)]);
  expect(store.index.has('0-003.png')).toBe(false);
  await rm(join(directory, 'img_align_celeba', '0-004.png'));
  await expect(loadCrops(folder, folder.faces, TINY_CROP, 3)).rejects.toThrow(
    /2 of 120 pictures cannot be read/,
  );
});

test('crops come back from the cache as they were decoded', async () => {
  const folder = await readCelebaFolder(await drawCelebaFolder([8]));
  const files = folder.faces.map((face) => face.file);
  const decoded = await loadCrops(folder, folder.faces, TINY_CROP, 2);
  await rm(join(folder.directory, 'img_align_celeba'), { recursive: true });
  const cached = await loadCrops(folder, folder.faces, TINY_CROP, 2);
  expect(centreCrops(cached, files)).toEqual(centreCrops(decoded, files));
});

/** Without the warp, faces stay what they are to the byte, however far they are shifted. */
const STILL = { shift: 0, warped: 0, turn: 0, scale: 0 };

test('a sampler set to a stored state draws the same batches again', async () => {
  const folder = await readCelebaFolder(await drawCelebaFolder([24]));
  const store = await loadCrops(folder, folder.faces, TINY_CROP, 2);
  const sampler = new Sampler(store, selectPopulations(folder, SELECTION, 0), STILL, new Random(1));
  sampler.next(8);
  const state = structuredClone(sampler.state);
  const drawn = [sampler.next(8), sampler.next(8)];
  const other = new Sampler(store, selectPopulations(folder, SELECTION, 0), STILL, new Random(2));
  other.state = state;
  expect([other.next(8), other.next(8)]).toEqual(drawn);
});

test('every face is drawn once before any is drawn twice', async () => {
  const folder = await readCelebaFolder(await drawCelebaFolder([20]));
  const store = await loadCrops(folder, folder.faces, TINY_CROP, 0);
  const populations = selectPopulations(folder, SELECTION, 0);
  const sampler = new Sampler(store, populations, STILL, new Random(1));
  const batch = sampler.next(16);
  const bytes = TINY_CROP.width * TINY_CROP.height * 3;
  const drawn = new Set<string>();
  for (let i = 0; i < 16; i += 2) {
    drawn.add(batch.sources.subarray(i * bytes, (i + 1) * bytes).join());
  }
  expect(drawn.size).toBe(populations[0]?.sources.length);
});

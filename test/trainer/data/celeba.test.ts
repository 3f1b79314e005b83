import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCelebaFolder } from '../../../trainer/data/celeba.ts';
import { parseAttributes, parsePartition } from '../../../trainer/data/celeba-lists.ts';
import { selectPopulations } from '../../../trainer/data/populations.ts';
import { drawCelebaFolder } from '../../support/tiny-run.ts';

test('a folder is read with its attributes and splits', async () => {
  const directory = await drawCelebaFolder([6, 2, 2]);
  const folder = await readCelebaFolder(directory);
  expect(folder.attributes).toEqual(['Male', 'Hat']);
  expect(folder.faces).toHaveLength(10);
  expect(folder.faces[0]).toEqual({ file: '0-000.png', split: 0, has: [true, true] });
  expect(folder.warnings).toEqual([]);
  expect(folder.picturePath('0-000.png')).toBe(join(directory, 'img_align_celeba', '0-000.png'));
});

test('a folder that is no data set is refused with what one holds', async () => {
  await expect(readCelebaFolder('/nonexistent')).rejects.toThrow(/has no list_attr_celeba.txt/);
});

test('a partition that lacks a face is refused, one that names more is not', async () => {
  const directory = await drawCelebaFolder([4]);
  const list = join(directory, 'list_eval_partition.txt');
  await writeFile(list, '0-000.png 0\n0-001.png 1\n0-002.png 2\n0-003.png 0\nother.png 2\n');
  const { faces } = await readCelebaFolder(directory);
  expect(faces.map(({ split }) => split)).toEqual([0, 1, 2, 0]);
  await writeFile(list, '0-000.png 0\n');
  await expect(readCelebaFolder(directory)).rejects.toThrow(/no line for 0-001.png/);
});

test('without a partition, persons are split by hash, each in one split', async () => {
  const directory = await drawCelebaFolder([60]);
  await rm(join(directory, 'list_eval_partition.txt'));
  const byFile = await readCelebaFolder(directory);
  expect(new Set(byFile.faces.map(({ split }) => split))).toEqual(new Set([0, 1, 2]));

  const person = (i: number): string => String(i % 20);
  const lines = byFile.faces.map(({ file }, i) => `${file} ${person(i)}`);
  await writeFile(join(directory, 'identity_CelebA.txt'), lines.join('\r\n'));
  const byPerson = await readCelebaFolder(directory);
  const splits = new Map<string, Set<number>>();
  byPerson.faces.forEach(({ split }, i) => {
    splits.set(person(i), (splits.get(person(i)) ?? new Set()).add(split));
  });
  expect([...splits.values()].every(({ size }) => size === 1)).toBe(true);
  expect(byPerson.warnings).toEqual([]);
  expect(byPerson.sha256).not.toBe(byFile.sha256);
});

test('a person in several splits is moved to the one with most faces, with one warning', async () => {
  const directory = await drawCelebaFolder([3, 1, 2]);
  // One person has two faces in split 0 and one in split 1, another one each in 0 and 2.
  const lines = ['0-000.png 7', '0-001.png 7', '1-000.png 7', '0-002.png 8', '2-000.png 8'];
  await writeFile(join(directory, 'identity_CelebA.txt'), lines.join('\n'));
  const { faces, warnings } = await readCelebaFolder(directory);
  expect(faces.map(({ file, split }) => `${file} ${split}`)).toEqual([
    '0-000.png 0',
    '0-001.png 0',
    '0-002.png 0',
    '1-000.png 0',
    '2-000.png 0',
    '2-001.png 2',
  ]);
  expect(warnings).toEqual([expect.stringMatching(/2 persons .* 2 faces are moved/)]);
});

test.each([
  ['as distributed', '2\nMale Hat\na.png  1 -1\nb.png -1  1\n'],
  [
    'with Windows line ends and trailing spaces',
    '2\r\nMale Hat \r\na.png  1 -1 \r\nb.png -1  1\r\n\r\n',
  ],
  ['without a count', 'Male Hat\na.png 1 -1\nb.png -1 1'],
  [
    'with a head for the files and a byte order mark',
    '\uFEFF2\nimage_id\tMale\tHat\na.png\t1\t0\nb.png\t0\t1\n',
  ],
])('attributes are read %s', (_, text) => {
  expect(parseAttributes(text)).toEqual({
    attributes: ['Male', 'Hat'],
    rows: [
      { file: 'a.png', has: [true, false] },
      { file: 'b.png', has: [false, true] },
    ],
  });
});

test.each([
  ['2\nMale\na.png 1\n', /announces 2 pictures and lists 1/],
  ['1\n\nMale Hat\na.png 1\n', /line 4: expected a file name and 2 values, got 1/],
  ['1\nMale\na.png yes\n', /line 3: expected 1 or -1, got "yes"/],
  ['2\nMale\na.png 1\na.png 1\n', /line 4: a.png is listed twice/],
  ['2\na.png 1 -1\nb.png 1 1\n', /must start with the number of pictures/],
  ['Male Hat Male\na.png 1 1 1\n', /names the attribute Male twice/],
  ['', /must start with the number of pictures/],
])('attributes %j are refused', (text, message) => {
  expect(() => parseAttributes(text)).toThrow(message);
});

test.each(['a.png 3', 'a.png', 'a.png 1 2', 'image_id partition'])(
  'the partition line %j is refused',
  (line) => {
    expect(() => parsePartition(`b.png 0\n${line}\n`)).toThrow(/line 2: .*0, 1 or 2/);
  },
);

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

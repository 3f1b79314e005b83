import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { defaultGroups, parseGroupFlags, readGroups } from '../../../trainer/evaluation/groups.ts';

const FOLDER = { faces: [{ file: 'a.jpg', split: 2, has: [] }] };

let data: string;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'groups-'));
  await writeFile(
    join(data, 'source.csv'),
    'file,source_file,race,age\na.jpg,"one, two.jpg",Black,20-29\nb.jpg,b.jpg,,30-39\n',
  );
});

test("a data set's own source.csv gives race and age, empty cells no group", async () => {
  const groups = await readGroups(defaultGroups(data), FOLDER);
  expect(groups.get('a.jpg')).toEqual(['race: Black', 'age: 20-29']);
  expect(groups.get('b.jpg')).toEqual(['age: 30-39']);
});

test('without source.csv, or with two folders, there are no groups', async () => {
  expect(await readGroups(defaultGroups('/nonexistent'), FOLDER)).toEqual(new Map());
  const pair = { source: 'a', target: 'b' };
  expect(await readGroups(parseGroupFlags({}, pair), FOLDER)).toEqual(new Map());
});

test('a named file gives the named columns', async () => {
  const file = join(data, 'lights.csv');
  await writeFile(file, 'light,file\n"dim, warm",a.jpg\n');
  const source = parseGroupFlags({ groups: file, 'group-columns': 'light' }, data);
  expect(await readGroups(source, FOLDER)).toEqual(new Map([['a.jpg', ['light: dim, warm']]]));
});

test.each([
  ['missing.csv', 'race', /cannot read the groups in .*missing.csv/],
  ['source.csv', 'skin', /no column "skin"; its columns are file, source_file, race, age/],
  ['paths.csv', 'race', /names no face of the data.* a.jpg/],
  ['nameless.csv', 'race', /no column "file"/],
  ['broken.csv', 'race', /broken.csv line 2: a quote/],
])('the groups of %s by %s are refused', async (name, columns, message) => {
  await writeFile(join(data, 'paths.csv'), 'file,race\nval/a.jpg,Black\n');
  await writeFile(join(data, 'nameless.csv'), 'name,race\na.jpg,Black\n');
  await writeFile(join(data, 'broken.csv'), 'file,race\na.jpg,"Black\n');
  const source = parseGroupFlags({ groups: join(data, name), 'group-columns': columns }, data);
  await expect(readGroups(source, FOLDER)).rejects.toThrow(message);
});

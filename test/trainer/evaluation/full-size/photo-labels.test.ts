import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import {
  labelOf,
  listPhotos,
  parsePhotoLabels,
} from '../../../../trainer/evaluation/full-size/photo-labels.ts';

const TARGETS = ['feminine', 'masculine'];

async function folderOf(...paths: string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'photos-'));
  for (const path of paths) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), '');
  }
  return directory;
}

test('labels are read, several for one target too', () => {
  expect([...parsePhotoLabels('feminine=woman, masculine=man,feminine=girl')]).toEqual([
    ['woman', 'feminine'],
    ['man', 'masculine'],
    ['girl', 'feminine'],
  ]);
});

test.each([
  ['feminine', /"feminine" is no label: expected TARGET=LABEL/],
  ['feminine=', /"feminine=" is no label/],
  ['feminine=woman=1', /is no label/],
  ['feminine=woman,', /"" is no label/],
  ['feminine=man,masculine=man', /label man stands for feminine and masculine/],
])('labels such as "%s" are refused', (text, message) => {
  expect(() => parsePhotoLabels(text)).toThrow(message);
});

test('a photo is labelled by its sub-folder, else by its name up to the first dash', () => {
  expect(labelOf('man-01.jpg')).toBe('man');
  expect(labelOf(join('woman', 'man-01.jpg'))).toBe('woman');
  expect(labelOf(join('woman', 'young', '01.jpg'))).toBe('woman');
  expect(labelOf('portrait.jpg')).toBe('portrait.jpg');
});

test('photos are listed by path with their targets; other files and labels are left out', async () => {
  const directory = await folderOf(
    'woman-02.jpg',
    'man-01.JPEG',
    'masculine/a.png',
    'README.md',
    'dog-01.jpg',
  );
  const photos = await listPhotos(
    directory,
    parsePhotoLabels('feminine=woman,masculine=man'),
    TARGETS,
  );
  expect(photos).toEqual([
    { path: join(directory, 'man-01.JPEG'), target: 'masculine' },
    { path: join(directory, 'masculine', 'a.png'), target: 'masculine' },
    { path: join(directory, 'woman-02.jpg'), target: 'feminine' },
  ]);
});

test('labels that fit nothing are refused with those that are there', async () => {
  const directory = await folderOf('man-01.jpg', 'woman-01.jpg');
  await expect(listPhotos(directory, new Map(), TARGETS)).rejects.toThrow(
    /no photo with a label of feminine, masculine, only man, woman: name the labels, such as feminine=man/,
  );
  await expect(listPhotos(directory, parsePhotoLabels('smiling=man'), TARGETS)).rejects.toThrow(
    /labelled for smiling, but the targets are feminine, masculine/,
  );
});

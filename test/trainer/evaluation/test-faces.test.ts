import { expect, test } from 'vitest';
import { readCelebaFolder } from '../../../trainer/data/celeba.ts';
import { loadCrops } from '../../../trainer/data/crops.ts';
import { TestFaces } from '../../../trainer/evaluation/test-faces.ts';
import { useOwnCache } from '../../support/own-cache.ts';
import { drawCelebaFolder, TINY_CROP } from '../../support/tiny-run.ts';

useOwnCache();

test('a model of one direction is measured on the sources of its own expression', async () => {
  const folder = await readCelebaFolder(await drawCelebaFolder([10, 10, 20]));
  const store = await loadCrops(folder, folder.faces, TINY_CROP, 0);
  const selection = { faces: '', sources: 'Male,!Hat', targets: { mtf: '!Male,!Hat' } };
  const faces = new TestFaces(folder, selection, store);
  const { sources, targets } = faces.population('mtf', 2);
  // Of 20 faces every second is Male, and a Hat is on two of either kind.
  expect(sources.files).toHaveLength(8);
  expect(targets.files).toHaveLength(8);
  expect(sources.files.every((file) => file.startsWith('2-'))).toBe(true);
  expect(faces.firstTerm('mtf')).toBe('!Male');
  expect(() => faces.population('ftm', 2)).toThrow(/has no target ftm; it has mtf/);
});

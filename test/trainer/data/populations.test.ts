import { beforeAll, expect, test } from 'vitest';
import { type CelebaFolder, readCelebaFolder } from '../../../trainer/data/celeba.ts';
import { selectPopulations } from '../../../trainer/data/populations.ts';
import { drawCelebaFolder } from '../../support/tiny-run.ts';

let folder: CelebaFolder;

beforeAll(async () => {
  folder = await readCelebaFolder(await drawCelebaFolder([20]));
});

test('one target alone is made from the faces of its own expression', () => {
  const selection = { faces: '', sources: 'Male,!Hat', targets: { hatted: 'Hat' } };
  const [population, ...others] = selectPopulations(folder, selection, 0);
  expect(others).toEqual([]);
  // Of 20 faces every second is Male, every fifth wears a Hat: 10 - 2 and 4.
  expect(population?.name).toBe('hatted');
  expect(population?.sources).toHaveLength(8);
  expect(population?.targets).toHaveLength(4);
  expect(population?.sourceTargets).toEqual(Array(8).fill(-1));
});

test.each([
  [{ sources: 'Male', targets: { a: 'Male', b: '!Male' } }, /one target only; got 2/],
  [{ sources: 'Male', targets: {} }, /one target only; got 0/],
  [{ sources: 'Man', targets: { a: '!Male' } }, /unknown attribute "Man"/],
  [{ sources: 'Male', targets: { a: '!Man' } }, /unknown attribute "Man"/],
  [{ sources: 'Male,!Male', targets: { a: '!Male' } }, /has 10 target and 0 source faces/],
  [{ targets: { a: '!Male' } }, /two targets.*or the expression of its sources; got 1/],
])('%j is refused', (selection, message) => {
  expect(() => selectPopulations(folder, { faces: '', ...selection }, 0)).toThrow(message);
});

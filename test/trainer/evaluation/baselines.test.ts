import { expect, test } from 'vitest';
import { baselines, meanShift, nearestTargets } from '../../../trainer/evaluation/baselines.ts';
import type { Faces } from '../../../trainer/evaluation/test-faces.ts';
import { EVALUATION_CROP } from '../../support/tiny-run.ts';

const BYTES = EVALUATION_CROP.width * EVALUATION_CROP.height * 3;

function plain(...greys: readonly number[]): Faces {
  const levels = new Uint8Array(greys.length * BYTES);
  greys.forEach((grey, i) => levels.fill(grey, i * BYTES, (i + 1) * BYTES));
  return { files: greys.map(String), levels };
}

test('every baseline answers each source', () => {
  const train = { sources: plain(10, 30), targets: plain(100, 120, 200) };
  const subjects = baselines(plain(20, 190), train, EVALUATION_CROP);
  const greys = new Map(
    subjects.map(({ of, faces }) => [of, [faces.levels[0], faces.levels[BYTES]]]),
  );
  // The mean target is 140, the mean source 20: the shift is 120, clipped at white.
  expect(greys.get('do nothing')).toEqual([20, 190]);
  expect(greys.get('mean shift')).toEqual([140, 255]);
  expect(greys.get('mean shift twice')).toEqual([255, 255]);
  expect(greys.get('nearest target')).toEqual([100, 200]);
  expect(greys.get('mean target face')).toEqual([140, 140]);
  for (const grey of greys.get('random target') ?? []) expect([100, 120, 200]).toContain(grey);
  expect(greys.size).toBe(6);
});

test('the nearest target is the one with alike colours in the same places', () => {
  const [source, leftBright, rightBright] = [plain(0), plain(0), plain(0)];
  const light = ({ levels }: Faces, isLit: (x: number) => boolean, grey: number): void => {
    levels.forEach((_, i) => {
      if (isLit(Math.floor(i / 3) % EVALUATION_CROP.width)) levels[i] = grey;
    });
  };
  light(source, (x) => x < 20, 200);
  light(leftBright, (x) => x < 20, 120);
  light(rightBright, (x) => x >= 20, 200);
  const targets = new Uint8Array([...rightBright.levels, ...leftBright.levels]);
  expect(nearestTargets(source.levels, targets, EVALUATION_CROP)).toEqual([1]);
});

test('a shift of nothing changes nothing', () => {
  const { levels } = plain(3, 250);
  expect(meanShift(levels, new Float64Array(BYTES), 2)).toEqual(levels);
});

import { expect, test } from 'vitest';
import { changeOutside, meanChange } from '../../../../trainer/evaluation/figures/pixels.ts';
import { structuralSimilarity } from '../../../../trainer/evaluation/figures/structural-similarity.ts';
import { Random } from '../../../../trainer/random.ts';

const SIZE = { width: 20, height: 24 };

function noise(seed: number): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length: 20 * 24 * 3 }, () => random.integer(0, 255));
}

test('equal faces have no change and a similarity of one', () => {
  expect(meanChange(noise(1), noise(1))).toBe(0);
  expect(changeOutside(noise(1), noise(1), SIZE)).toBe(0);
  expect(structuralSimilarity(noise(1), noise(1), SIZE)).toBeCloseTo(1, 10);
});

test('a change inside the ellipse is not outside', () => {
  const face = noise(1);
  const changed = face.slice();
  const centre = (10 * 20 + 10) * 3;
  changed[centre] = 255 - (face[centre] as number);
  expect(meanChange(face, changed)).toBeGreaterThan(0);
  expect(changeOutside(face, changed, SIZE)).toBe(0);
});

test('a change everywhere is measured outside as a share of the range', () => {
  const grey = new Uint8Array(20 * 24 * 3).fill(100);
  const lighter = grey.map((level) => level + 51);
  expect(meanChange(grey, lighter)).toBe(51);
  expect(changeOutside(grey, lighter, SIZE)).toBeCloseTo(0.2);
});

test('similarity falls with noise, and constant faces follow the formula', () => {
  expect(structuralSimilarity(noise(1), noise(2), SIZE)).toBeLessThan(0.1);
  const a = new Uint8Array(20 * 24 * 3).fill(100);
  const b = new Uint8Array(20 * 24 * 3).fill(200);
  const c1 = (0.01 * 255) ** 2;
  expect(structuralSimilarity(a, b, SIZE)).toBeCloseTo(
    (2 * 100 * 200 + c1) / (100 ** 2 + 200 ** 2 + c1),
    6,
  );
});

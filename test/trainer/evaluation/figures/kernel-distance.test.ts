import { expect, test } from 'vitest';
import {
  kernelDistance,
  spreadOf,
} from '../../../../trainer/evaluation/figures/kernel-distance.ts';
import { Random } from '../../../../trainer/random.ts';
import { normalRows, rowsOf } from '../../../support/features.ts';

test('two pairs of numbers by hand', () => {
  // Kernel (a b + 1)^3 in one dimension: k(1, 2) = 27, k(0, 3) = 1, and across
  // k(1, 0) = 1, k(1, 3) = 64, k(2, 0) = 1, k(2, 3) = 343, their mean being 102.25.
  const { mean, deviation } = kernelDistance(rowsOf([[1], [2]]), rowsOf([[0], [3]]), new Random(1));
  expect(mean).toBeCloseTo(27 + 1 - 2 * 102.25, 9);
  // Both subsets are the whole sets, in any order.
  expect(deviation).toBeCloseTo(0, 9);
});

test('samples of one distribution are near 0, on either side', () => {
  const means = Array.from({ length: 12 }, (_, seed) => {
    const random = new Random(seed);
    return kernelDistance(normalRows(random, 60, 8), normalRows(random, 60, 8), random).mean;
  });
  for (const mean of means) expect(Math.abs(mean)).toBeLessThan(0.5);
  expect(Math.min(...means)).toBeLessThan(0);
  expect(Math.max(...means)).toBeGreaterThan(0);
});

test('grows with the distance of the distributions', () => {
  const distances = [0, 1, 2].map(
    (shift) =>
      kernelDistance(
        normalRows(new Random(1), 80, 8),
        normalRows(new Random(2), 80, 8, shift),
        new Random(3),
      ).mean,
  );
  expect(distances[1]).toBeGreaterThan((distances[0] as number) + 1);
  expect(distances[2]).toBeGreaterThan((distances[1] as number) + 1);
});

test('takes subsets of 200 from larger sets, the same for the same seed', () => {
  const large = (seed: number) => normalRows(new Random(seed), 260, 4);
  const first = kernelDistance(large(1), large(2), new Random(3));
  expect(first.deviation).toBeGreaterThan(0);
  expect(kernelDistance(large(1), large(2), new Random(3))).toEqual(first);
});

test('needs two faces of each kind', () => {
  expect(() => kernelDistance(rowsOf([[1]]), rowsOf([[1], [2]]), new Random(1))).toThrow(/two/);
});

test('spread is the mean and the sample deviation', () => {
  expect(spreadOf([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({
    mean: 5,
    deviation: Math.sqrt(32 / 7),
  });
  expect(spreadOf([3])).toEqual({ mean: 3, deviation: 0 });
});

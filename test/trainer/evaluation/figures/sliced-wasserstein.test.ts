import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
  slicedWasserstein,
  wassersteinDistance,
} from '../../../../trainer/evaluation/figures/sliced-wasserstein.ts';
import { Random } from '../../../../trainer/random.ts';
import { backends } from '../../../support/backends.ts';
import { normalRows } from '../../../support/features.ts';

const SLICING = { patches: 1, projections: 256, repetitions: 3 };

beforeAll(async () => {
  await tf.setBackend(backends.at(-1) ?? 'cpu');
});

test('distance of numbers by hand, of equal and of different counts', () => {
  const distance = (a: number[], b: number[]): number =>
    wassersteinDistance(Float32Array.from(a), Float32Array.from(b));
  expect(distance([0, 1], [0, 3])).toBeCloseTo(1, 3);
  expect(distance([0, 0, 2, 2], [1])).toBeCloseTo(1, 3);
  expect(distance([5, 1, 3], [3, 5, 1])).toBe(0);
  expect(distance([7], [7, 7])).toBe(0);
});

test('moving a sample costs the way, either way', () => {
  const sample = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(
    fc.property(sample, fc.double({ min: -5, max: 5, noNaN: true }), (values, way) => {
      const from = Float32Array.from(values);
      const to = from.map((value) => value + way);
      expect(Math.abs(wassersteinDistance(from, to) - Math.abs(way))).toBeLessThan(0.005);
      expect(wassersteinDistance(to, from)).toBeCloseTo(wassersteinDistance(from, to), 9);
    }),
  );
});

test('a set is at distance 0 from itself', () => {
  const set = normalRows(new Random(1), 40, 12);
  expect(slicedWasserstein(set, set, SLICING)).toEqual({ mean: 0, deviation: 0 });
});

test('one channel shifted by its deviation costs half of it along a random direction', () => {
  // In three dimensions the mean of |cos| over all directions is one half.
  const reference = normalRows(new Random(1), 4000, 3);
  const shifted = {
    ...reference,
    data: reference.data.map((value, i) => (i % 3 === 0 ? value + 1 : value)),
  };
  const { mean, deviation } = slicedWasserstein(reference, shifted, SLICING);
  expect(Math.abs(mean - 500)).toBeLessThan(40);
  expect(deviation).toBeGreaterThan(0);
  expect(deviation).toBeLessThan(60);
});

test('the scale of the reference does not matter', () => {
  const [a, b] = [normalRows(new Random(1), 300, 12), normalRows(new Random(2), 300, 12, 0.5)];
  const enlarge = (set: typeof a) => ({ ...set, data: set.data.map((value) => 3 + 16 * value) });
  expect(slicedWasserstein(enlarge(a), enlarge(b), SLICING).mean).toBeCloseTo(
    slicedWasserstein(a, b, SLICING).mean,
    0,
  );
});

test('leaks no tensor', () => {
  const set = normalRows(new Random(1), 10, 12);
  const before = tf.memory().numTensors;
  slicedWasserstein(set, set, SLICING);
  expect(tf.memory().numTensors).toBe(before);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pairedDifference } from '../../../../trainer/evaluation/figures/paired-difference.ts';
import { Random } from '../../../../trainer/random.ts';

/** Outcomes with so many pairs of each kind. */
function pairs(both: number, onlyNew: number, onlyReference: number, neither: number) {
  const list = (a: boolean, count: number): boolean[] => Array<boolean>(count).fill(a);
  return {
    outcomes: [...list(true, both + onlyNew), ...list(false, onlyReference + neither)],
    reference: [
      ...list(true, both),
      ...list(false, onlyNew),
      ...list(true, onlyReference),
      ...list(false, neither),
    ],
  };
}

describe('the paired difference of two shares', () => {
  test('is zero with a narrow interval where nothing changes', () => {
    const { outcomes, reference } = pairs(380, 0, 0, 20);
    const { difference, low, high } = pairedDifference(outcomes, reference);
    expect(difference).toBe(0);
    expect(low).toBeGreaterThan(-0.015);
    expect(high).toBeLessThan(0.015);
  });

  test('is narrower than for different faces, and turns with the sides', () => {
    const { outcomes, reference } = pairs(340, 6, 14, 40);
    const ours = pairedDifference(outcomes, reference);
    expect(ours.difference).toBeCloseTo(-0.02, 10);
    const turned = pairedDifference(reference, outcomes);
    expect(turned.low).toBeCloseTo(-ours.high, 10);
    expect(turned.high).toBeCloseTo(-ours.low, 10);
    const independent = 1.96 * Math.sqrt((0.865 * 0.135 + 0.885 * 0.115) / 400);
    expect(ours.high - ours.low).toBeLessThan(1.2 * independent);
  });

  test('has its estimate inside, and ends between -1 and 1', () => {
    const count = fc.integer({ min: 0, max: 60 });
    fc.assert(
      fc.property(count, count, count, count, (a, b, c, d) => {
        fc.pre(a + b + c + d > 0);
        const { outcomes, reference } = pairs(a, b, c, d);
        const { difference, low, high } = pairedDifference(outcomes, reference);
        expect(low).toBeLessThanOrEqual(difference + 1e-12);
        expect(high).toBeGreaterThanOrEqual(difference - 1e-12);
        expect(low).toBeGreaterThanOrEqual(-1 - 1e-12);
        expect(high).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });

  test('holds the true difference about 95 times of 100', () => {
    const random = new Random(1);
    let held = 0;
    for (let trial = 0; trial < 1000; trial++) {
      // Of the reference's 95 % successes 3 % fail, of its failures 10 % succeed.
      const reference = Array.from({ length: 200 }, () => random.uniform() < 0.95);
      const outcomes = reference.map((success) => random.uniform() < (success ? 0.97 : 0.1));
      const { low, high } = pairedDifference(outcomes, reference);
      const truth = 0.95 * 0.97 + 0.05 * 0.1 - 0.95;
      if (low <= truth && truth <= high) held++;
    }
    expect(held).toBeGreaterThan(940);
    expect(held).toBeLessThan(995);
  });

  test('needs pairs', () => {
    expect(() => pairedDifference([], [])).toThrow(/cannot be paired/);
    expect(() => pairedDifference([true], [true, false])).toThrow(/1 outcomes.*2 others/);
  });
});

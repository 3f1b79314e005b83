import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wilsonInterval } from '../../../../trainer/evaluation/figures/wilson.ts';

// Newcombe (1998), Statistics in Medicine 17, table I, method 3.
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('%i of %i', (seen, count, low, high) => {
  const interval = wilsonInterval(seen / count, count);
  expect(interval.low).toBeCloseTo(low, 4);
  expect(interval.high).toBeCloseTo(high, 4);
});

test('holds the share and stays between 0 and 1', () => {
  fc.assert(
    fc.property(fc.nat(300), fc.nat(300), (seen, missed) => {
      fc.pre(seen + missed > 0);
      const share = seen / (seen + missed);
      const { low, high } = wilsonInterval(share, seen + missed);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThanOrEqual(share + 1e-12);
      expect(high).toBeGreaterThanOrEqual(share - 1e-12);
    }),
  );
});

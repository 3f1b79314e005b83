import { expect, test } from 'vitest';
import { DrainRate } from '../../../server/load/drain-rate.ts';

test('measures what leaves while others wait, and not while a worker is idle', () => {
  let nowMs = 0;
  const rate = new DrainRate(2, () => nowMs);
  expect(rate.perMs).toBeUndefined();
  // One photo at a time for an hour: nobody waits.
  for (let i = 0; i < 3600; i++) {
    rate.enter();
    nowMs += 1000;
    rate.leave(0.01);
  }
  expect(rate.perMs).toBeUndefined();

  for (let i = 0; i < 100; i++) rate.enter();
  for (let i = 0; i < 50; i++) {
    nowMs += 40;
    rate.leave(0.01);
  }
  expect(rate.perMs).toBeCloseTo(0.01 / 40, 5);
  expect(rate.meanFill).toBeCloseTo(0.01, 5);

  // A minute at a tenth of the speed: what was before has faded.
  for (let i = 0; i < 40; i++) {
    rate.enter();
    nowMs += 1500;
    rate.leave(0.01);
  }
  expect(rate.perMs).toBeCloseTo(0.01 / 1500, 5);
});

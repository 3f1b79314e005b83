import { describe, expect, test } from 'vitest';
import { type CrowdOptions, simulateCrowd } from './crowd.ts';

/** Five times as many photos as two workers can do, for half a minute. */
const CROWD: CrowdOptions = {
  capacity: { requests: 64, uploadBytes: 1e9, pixels: 500e6, faces: 1024 },
  workers: 2,
  workMs: () => 100,
  pixels: () => 1e6,
  arrivalsPerS: 100,
  untilMs: 30_000,
  endMs: 300_000,
  leavers: 0,
};
/** Spreads numbers evenly over 0 to 1. */
const spread = (photo: number): number => (photo * 0.7548776662) % 1;
const isLarge = (photo: number): boolean => photo % 5 === 0;

const CROWDS: readonly [string, Partial<CrowdOptions>][] = [
  ['photos that are alike', {}],
  ['half as many again as can be done', { arrivalsPerS: 30 }],
  ['photos that take very different times', { workMs: (photo) => 20 + spread(photo) * 160 }],
  ['callers of whom many look alike', { looks: 6 }],
  [
    'photos of 1 and of 40 megapixels',
    {
      pixels: (photo) => (isLarge(photo) ? 40e6 : 1e6),
      workMs: (photo) => (isLarge(photo) ? 400 : 25),
    },
  ],
  [
    'photos that fill the pixels first',
    { pixels: () => 12e6, workMs: () => 500, arrivalsPerS: 20 },
  ],
  [
    'many workers',
    {
      workers: 16,
      capacity: { ...CROWD.capacity, requests: 128 },
      arrivalsPerS: 800,
      untilMs: 10_000,
    },
  ],
];

describe('at many times what can be done', () => {
  test.each(CROWDS)('%s: who waits as told gets in, and the workers stay busy', (_name, crowd) => {
    const options = { ...CROWD, ...crowd };
    const outcome = simulateCrowd(options);
    expect(outcome.waited).toBeGreaterThan(100);
    expect(outcome.waitedAndAdmitted / outcome.waited).toBeGreaterThanOrEqual(0.9);
    const meanWorkMs = mean(1000, options.workMs);
    const possible = (options.untilMs / meanWorkMs) * options.workers;
    expect(outcome.doneUntil / possible).toBeGreaterThanOrEqual(0.9);
  });

  test.each([0.5, 1])('if %d of the refused never come back, workers stay busy', (leavers) => {
    const { doneUntil, waited, waitedAndAdmitted } = simulateCrowd({ ...CROWD, leavers });
    expect(doneUntil / 600).toBeGreaterThanOrEqual(0.9);
    if (leavers < 1) expect(waitedAndAdmitted / waited).toBeGreaterThanOrEqual(0.9);
  });
});

test('no more are let in than can be done before their deadline', () => {
  const slow = { workMs: () => 1500, arrivalsPerS: 7, untilMs: 200_000, endMs: 600_000 };
  const { longestMs, waited, waitedAndAdmitted, doneUntil } = simulateCrowd({ ...CROWD, ...slow });
  expect(longestMs).toBeLessThan(30_000);
  expect(waitedAndAdmitted / waited).toBeGreaterThanOrEqual(0.9);
  expect(doneUntil / ((slow.untilMs / 1500) * CROWD.workers)).toBeGreaterThanOrEqual(0.9);
});

function mean(count: number, value: (i: number) => number): number {
  return Array.from({ length: count }, (_, i) => value(i)).reduce((a, b) => a + b) / count;
}

import { expect, test } from 'vitest';
import { Reservations } from '../../../server/load/reservations.ts';

/** Full, and a tenth of the capacity leaves each second. */
const FULL = { fill: 1, drainPerMs: 1 / 10_000 };

test('promised places follow each other as places become free', () => {
  const reservations = new Reservations(() => 0);
  const waits = Array.from({ length: 5 }, (_, i) => reservations.reserve(`${i}`, 0.2, FULL));
  expect(waits[0]).toBe(3);
  waits.slice(1).forEach((wait, i) => {
    expect(wait - (waits[i] ?? 0)).toBeGreaterThanOrEqual(2);
  });
});

test('a caller that comes back too early keeps its promise and gets no other', () => {
  let nowMs = 0;
  const reservations = new Reservations(() => nowMs);
  const wait = reservations.reserve('hasty', 0.5, FULL);
  nowMs = 1000;
  expect(reservations.claim('hasty')).toBe(false);
  expect(Math.abs(reservations.reserve('hasty', 0.5, FULL) - (wait - 1))).toBeLessThanOrEqual(1);
  expect(reservations.size).toBe(1);
  nowMs = wait * 1000;
  expect(reservations.claim('hasty')).toBe(true);
  expect(reservations.claim('hasty')).toBe(false);
});

test('who does not come back loses its place', () => {
  let nowMs = 0;
  const reservations = new Reservations(() => nowMs);
  const wait = reservations.reserve('gone', 1, FULL);
  nowMs = wait * 1000;
  expect(reservations.leaveRoomFor(0.6, { ...FULL, fill: 0 })).toBe(false);
  nowMs += 10_000;
  expect(reservations.leaveRoomFor(0.6, { ...FULL, fill: 0 })).toBe(true);
  expect(reservations.claim('gone')).toBe(false);
  expect(reservations.size).toBe(0);
});

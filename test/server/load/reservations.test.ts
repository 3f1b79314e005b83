import { expect, test } from 'vitest';
import { Reservations } from '../../../server/load/reservations.ts';

/** Full, and a tenth of the capacity leaves each second. */
const FULL = { fill: 1, drainPerMs: 1 / 10_000, limit: 1 };

test('promised places follow each other as places become free', () => {
  const reservations = new Reservations(() => 0);
  const waits = Array.from({ length: 5 }, (_, i) => reservations.reserve(`${i}`, 0.2, FULL));
  expect(waits[0]).toBe(3);
  waits.slice(1).forEach((wait, i) => {
    expect(wait - (waits[i] ?? 0)).toBeGreaterThanOrEqual(2);
  });
});

test('a place is given when it is due, and once', () => {
  let nowMs = 0;
  const reservations = new Reservations(() => nowMs);
  const wait = reservations.reserve('patient', 0.5, FULL);
  nowMs = wait * 1000 - 500;
  expect(reservations.claim('patient')).toBe(false);
  nowMs = wait * 1000;
  expect(reservations.claim('other')).toBe(false);
  expect(reservations.claim('patient')).toBe(true);
  expect(reservations.claim('patient')).toBe(false);
});

test('callers that look alike each have a place', () => {
  let nowMs = 0;
  const reservations = new Reservations(() => nowMs);
  const waits = [0, 1, 2].map(() => reservations.reserve('alike', 0.2, FULL));
  expect(reservations.size).toBe(3);
  for (const wait of waits) {
    nowMs = wait * 1000;
    expect(reservations.claim('alike')).toBe(true);
  }
});

test('who never waits does not keep all others away', () => {
  let nowMs = 0;
  const reservations = new Reservations(() => nowMs);
  for (; nowMs < 10_000; nowMs++) reservations.reserve('hasty', 0.01, FULL);
  expect(reservations.size).toBeLessThanOrEqual(1000);
  expect(reservations.reserve('patient', 0.01, FULL)).toBeLessThan(200);
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

import { expect, test } from 'vitest';
import { Admission } from '../../server/admission.ts';

test('takes the bounded number and refuses the next', () => {
  const admission = new Admission(2);
  const leave = admission.enter();
  admission.enter();
  expect(() => admission.enter()).toThrow(expect.objectContaining({ code: 'QUEUE_FULL' }));
  leave();
  expect(() => admission.enter()).not.toThrow();
});

test('Retry-After follows the measured drain rate', () => {
  let nowMs = 0;
  const admission = new Admission(10, () => nowMs);
  const leaves = Array.from({ length: 10 }, () => admission.enter());
  const retryAfter = () => {
    try {
      admission.enter();
    } catch (error) {
      return (error as { headers: Record<string, string> }).headers['Retry-After'];
    }
    throw new Error('the queue is not full');
  };
  // Two photos in three seconds: ten need fifteen.
  nowMs = 3000;
  for (const leave of leaves.splice(0, 2)) leave();
  leaves.push(admission.enter(), admission.enter());
  expect(retryAfter()).toBe('15');
  // Since then a hundred times as fast: less than a second each.
  for (let i = 0; i < 98; i++) {
    leaves.shift()?.();
    leaves.push(admission.enter());
  }
  expect(retryAfter()).toBe('1');
  // An idle time does not count as slowness.
  for (const leave of leaves.splice(0)) leave();
  nowMs = 1_000_000;
  for (let i = 0; i < 10; i++) leaves.push(admission.enter());
  nowMs += 2000;
  leaves.shift()?.();
  leaves.push(admission.enter());
  expect(retryAfter()).toBe('20');
});

test('draining refuses new photos and waits for those inside', async () => {
  const admission = new Admission(2);
  const leave = admission.enter();
  const drained = admission.drain();
  expect(() => admission.enter()).toThrow(expect.objectContaining({ code: 'DRAINING' }));
  const first = await Promise.race([drained, Promise.resolve('photos inside')]);
  expect(first).toBe('photos inside');
  leave();
  await expect(drained).resolves.toBeUndefined();
});

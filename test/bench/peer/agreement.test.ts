import { expect, test } from 'vitest';
import { COMPARED_STEPS, disagreement } from './agreement.ts';

function steps(first: Record<string, number>, last: Record<string, number>) {
  const between = Array.from({ length: COMPARED_STEPS - 2 }, () => ({}));
  return { elapsedMs: 1, losses: [first, ...between, last] };
}

test('losses may differ by little at first, by more after three updates', () => {
  const ours = steps({ G: 1, D: 2 }, { G: 1.5 });
  expect(disagreement(ours, steps({ G: 1.0009, D: 2 }, { G: 1.509 }))).toBeUndefined();
  expect(disagreement(ours, steps({ G: 1, D: 2.002 }, { G: 1.5 }))).toMatch(/^D after 0 updates/);
  expect(disagreement(ours, steps({ G: 1, D: 2 }, { G: 1.52 }))).toMatch(/^G after 3 updates/);
});

test('a loss that one side lacks, or that is no number, is a difference', () => {
  const ours = steps({ G: 1 }, { G: 1 });
  expect(disagreement(ours, steps({}, { G: 1 }))).toMatch(/^G/);
  expect(disagreement(ours, steps({ G: 1, 'D/r1': 0 }, { G: 1 }))).toMatch(/^D\/r1/);
  expect(disagreement(ours, steps({ G: 1 }, { G: Number.NaN }))).toMatch(/^G/);
  expect(disagreement(ours, { elapsedMs: 1, losses: [] })).toMatch(/^G/);
});

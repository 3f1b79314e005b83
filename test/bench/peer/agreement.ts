import type { MeasuredSteps } from '../train/stepper.ts';

/** Largest difference of a loss at the first step: the networks and losses must be the same. */
const FIRST_TOLERANCE = 1e-3;
/** After that many updates: the gradients and optimisers must be the same, too. */
const UPDATES = 3;
const LATER_TOLERANCE = 1e-2;

/** Steps that both sides must make for `disagreement`. */
export const COMPARED_STEPS = UPDATES + 1;

/**
 * Compares the losses of the first and the last of `COMPARED_STEPS` steps.
 *
 * @returns what differs too much; undefined when nothing does
 */
export function disagreement(ours: MeasuredSteps, peer: MeasuredSteps): string | undefined {
  const checks = [
    { update: 0, tolerance: FIRST_TOLERANCE },
    { update: UPDATES, tolerance: LATER_TOLERANCE },
  ];
  for (const { update, tolerance } of checks) {
    const expected = ours.losses[update] ?? {};
    const measured = peer.losses[update] ?? {};
    const names = new Set([...Object.keys(expected), ...Object.keys(measured)]);
    for (const name of names) {
      const [a, b] = [expected[name] ?? Number.NaN, measured[name] ?? Number.NaN];
      // Written so that a loss that one side lacks, or that is no number, differs too.
      if (!(Math.abs(a - b) <= tolerance)) {
        return `${name} after ${update} updates is ${a} here and ${b} in PyTorch, more than ${tolerance} apart`;
      }
    }
  }
  return undefined;
}

import { expect, test } from 'vitest';
import { DECODED_BYTES_PER_PIXEL, DecodeBudget } from '../../../server/photo/decode-budget.ts';
import { type Lane, Lanes } from '../../../server/photo/lanes.ts';

test('interactive goes before batch, within a lane first come, first served', () => {
  const lanes = new Lanes<{ readonly lane: Lane; readonly name: string }>();
  const items = (['batch 1', 'interactive 1', 'batch 2', 'interactive 2'] as const).map((name) => ({
    name,
    lane: name.split(' ')[0] as Lane,
  }));
  for (const item of items) lanes.push(item);
  lanes.pushFront({ lane: 'interactive', name: 'again' });
  const [, gone] = items;
  if (gone) lanes.remove(gone);
  const order: string[] = [];
  for (let next = lanes.next; next; next = lanes.next) {
    order.push(next.name);
    lanes.remove(next);
  }
  expect(order).toEqual(['again', 'interactive 2', 'batch 1', 'batch 2']);
});

test('the decode budget lets photos in together up to its bytes, a larger one alone', () => {
  const budget = new DecodeBudget(100 * DECODED_BYTES_PER_PIXEL);
  budget.take(60);
  expect(budget.fits(40)).toBe(true);
  expect(budget.fits(41)).toBe(false);
  budget.giveBack(60);
  expect(budget.fits(1000)).toBe(true);
});

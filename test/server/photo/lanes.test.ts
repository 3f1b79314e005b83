import { expect, test } from 'vitest';
import { DecodeBudget, decodedBytes } from '../../../server/photo/decode-budget.ts';
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
  const budget = new DecodeBudget(100);
  budget.take(60);
  expect(budget.fits(40)).toBe(true);
  expect(budget.fits(41)).toBe(false);
  budget.giveBack(60);
  expect(budget.fits(1000)).toBe(true);
});

test('photos are charged by what their decoders and encoders take', () => {
  const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0]);
  const png = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  expect(decodedBytes(jpeg, 12_000_000)).toBe(96_000_000);
  expect(decodedBytes(png, 12_000_000)).toBeGreaterThan(decodedBytes(jpeg, 12_000_000));
  expect(decodedBytes(Buffer.from('{"inputs":[]}'), 8000)).toBeGreaterThan(0);
});

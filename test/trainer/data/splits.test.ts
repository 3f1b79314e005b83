import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashSplit, separateIdentities } from '../../../trainer/data/splits.ts';

test('eight in ten keys are for training, one each for validation and test, always the same', () => {
  const counts = [0, 0, 0];
  for (let i = 0; i < 10_000; i++) {
    const split = hashSplit(`${i}.jpg`);
    counts[split] = (counts[split] ?? 0) + 1;
  }
  expect(counts.map((count) => Math.round(count / 100))).toEqual([80, 10, 10]);
  expect(hashSplit('000001.jpg')).toBe(hashSplit(Buffer.from('000001.jpg')));
});

test('no person is left in two splits, and who was in one stays', () => {
  const face = fc.record({ split: fc.integer({ min: 0, max: 2 }), person: fc.nat(6) });
  fc.assert(
    fc.property(fc.array(face), (faces) => {
      const splits = new Map(faces.map(({ split }, i) => [`${i}`, split]));
      const identities = new Map(faces.map(({ person }, i) => [`${i}`, `${person}`]));
      const separated = separateIdentities(splits, identities);
      expect([...separated.splits.keys()]).toEqual([...splits.keys()]);
      let divided = 0;
      for (const person of new Set(identities.values())) {
        const own = faces.flatMap((found, i) => (identities.get(`${i}`) === person ? [i] : []));
        const before = new Set(own.map((i) => splits.get(`${i}`)));
        const after = new Set(own.map((i) => separated.splits.get(`${i}`)));
        expect(after.size).toBe(1);
        if (before.size === 1) expect(after).toEqual(before);
        else divided++;
      }
      expect(separated.divided).toBe(divided);
    }),
  );
});

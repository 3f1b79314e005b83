import { expect, test } from 'vitest';
import { Quarantine } from '../../../server/photo/quarantine.ts';

test('a photo is refused after two strikes, for an hour', () => {
  let nowMs = 0;
  const quarantine = new Quarantine(() => nowMs);
  quarantine.strike('photo');
  expect(() => quarantine.refuse('photo')).not.toThrow();
  quarantine.strike('photo');
  expect(() => quarantine.refuse('photo')).toThrow(
    expect.objectContaining({ code: 'PHOTO_QUARANTINED' }),
  );
  expect(() => quarantine.refuse('other')).not.toThrow();
  expect(quarantine.size).toBe(1);
  nowMs = 60 * 60 * 1000;
  expect(() => quarantine.refuse('photo')).not.toThrow();
});

test('a photo that comes through starts anew', () => {
  const quarantine = new Quarantine();
  quarantine.strike('photo');
  quarantine.forgive('photo');
  quarantine.strike('photo');
  expect(() => quarantine.refuse('photo')).not.toThrow();
});

test('what is known of photos is bounded', () => {
  const quarantine = new Quarantine();
  for (let i = 0; i < 5000; i++) {
    quarantine.strike(`photo ${i}`);
    quarantine.strike(`photo ${i}`);
  }
  expect(quarantine.size).toBeLessThanOrEqual(1024);
  expect(() => quarantine.refuse('photo 4999')).toThrow();
});

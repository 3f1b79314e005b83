import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeHalf, encodeHalf } from '../../../trainer/networks/half.ts';

function roundTrip(...values: number[]): number[] {
  return [...decodeHalf(encodeHalf(Float32Array.from(values)))];
}

test('gives the bits of the standard', () => {
  // IEEE 754: 1, -2, the largest, the smallest normal and the smallest subnormal number.
  const values = Float32Array.of(1, -2, 65504, 2 ** -14, 2 ** -24, -0);
  const bits = [0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8000];
  expect([...new Uint16Array(encodeHalf(values).buffer)]).toEqual(bits);
});

test('rounds to the nearest, ties to even', () => {
  expect(roundTrip(1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -11 + 2 ** -20)).toEqual([
    1,
    1 + 2 ** -9,
    1 + 2 ** -10,
  ]);
  expect(roundTrip(2 ** -25, 3 * 2 ** -25, 2 ** -25 + 2 ** -40)).toEqual([0, 2 ** -23, 2 ** -24]);
});

test('is exact for every value that it holds', () => {
  const finite = Array.from({ length: 0x10000 }, (_, bits) => bits).filter(
    (bits) => (bits & 0x7c00) !== 0x7c00,
  );
  const values = decodeHalf(new Uint8Array(Uint16Array.from(finite).buffer));
  expect([...new Uint16Array(encodeHalf(values).buffer)]).toEqual(finite);
});

test('is never further off than half a unit in the last place', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, min: -65000, max: 65000 }), (value) => {
      const [found] = roundTrip(value) as [number];
      const unit = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value) || 1))) - 10);
      expect(Math.abs(found - value)).toBeLessThanOrEqual(unit / 2);
    }),
  );
});

test.each([65520, -1e9, Number.POSITIVE_INFINITY, Number.NaN])('refuses %d', (value) => {
  expect(() => encodeHalf(Float32Array.of(value))).toThrow(/half precision/);
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessageWriter } from '../../trainer/wire.ts';

/** Reads one varint the long way, as a signed 64-bit integer; an independent check of the writer. */
function decodeVarint(bytes: Uint8Array, start: number): { value: number; next: number } {
  let bits = '';
  let next = start;
  for (;;) {
    const byte = bytes[next++] as number;
    bits = (byte & 0x7f).toString(2).padStart(7, '0') + bits;
    if (byte < 0x80) break;
  }
  return { value: Number(BigInt.asIntN(64, BigInt(`0b${bits}`))), next };
}

describe('the wire format', () => {
  test('gives the bytes of the specification', () => {
    // "150" and "testing" are the worked examples of the protobuf encoding guide.
    expect([...new MessageWriter().integer(1, 150).finish()]).toEqual([0x08, 0x96, 0x01]);
    expect([...new MessageWriter().string(2, 'testing').finish()]).toEqual([
      0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67,
    ]);
    const inner = new MessageWriter().integer(1, 150);
    expect([...new MessageWriter().message(3, inner).finish()]).toEqual([
      0x1a, 0x03, 0x08, 0x96, 0x01,
    ]);
    expect([...new MessageWriter().float(2, -2).finish()]).toEqual([0x15, 0, 0, 0, 0xc0]);
    expect(new MessageWriter().integer(1, -1).finish()).toHaveLength(11);
  });

  test('round-trips integers of every size and sign', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 20 }), fc.maxSafeInteger(), (field, value) => {
        const bytes = new MessageWriter().integer(field, value).finish();
        const tag = decodeVarint(bytes, 0);
        expect(tag.value).toBe(field * 8);
        expect(decodeVarint(bytes, tag.next)).toEqual({ value, next: bytes.length });
      }),
    );
  });

  test('refuses what a varint cannot hold', () => {
    for (const value of [0.5, Number.NaN, 2 ** 53]) {
      expect(() => new MessageWriter().integer(1, value)).toThrow(RangeError);
    }
  });
});

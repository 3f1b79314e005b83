import { expect, test } from 'vitest';
import { crc32c } from '../../../trainer/tensorboard/crc32c.ts';
import { encodeScalars, encodeVersion, stepOfEvent } from '../../../trainer/tensorboard/event.ts';
import { decodeRecords, encodeRecord } from '../../../trainer/tensorboard/record.ts';

test('the checksum is that of RFC 3720', () => {
  // Appendix B.4: 32 bytes of zeros, of ones, and 0 to 31; and the usual check value.
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

test('records come back up to the first that is cut off or damaged', () => {
  const file = Buffer.concat(
    ['one', 'two', 'three'].map((text) => encodeRecord(Buffer.from(text))),
  );
  const textsOf = (bytes: Buffer): string[] =>
    [...decodeRecords(bytes)].map(({ data }) => Buffer.from(data).toString());
  expect(textsOf(file)).toEqual(['one', 'two', 'three']);
  expect(textsOf(file.subarray(0, -1))).toEqual(['one', 'two']);
  const damaged = Buffer.from(file);
  damaged[12] = 0x7a;
  expect(textsOf(damaged)).toEqual([]);
  expect([...decodeRecords(file)].at(-1)?.end).toBe(file.length);
});

test('the bytes of an event are those of its .proto file', () => {
  // Time 1 s as a double, step 300, a summary with the value 2 under the tag "a".
  const expected = '09000000000000f03f10ac022a0a0a080a01611500000040';
  expect(Buffer.from(encodeScalars(1000, 300, { a: 2 })).toString('hex')).toBe(expected);
});

test('an event tells its step', () => {
  for (const step of [0, 127, 128, 70_000]) {
    expect(stepOfEvent(encodeScalars(Date.now(), step, { loss: 1 }))).toBe(step);
  }
  expect(stepOfEvent(encodeVersion(0))).toBe(0);
  expect(stepOfEvent(Buffer.from('something else'))).toBeUndefined();
});

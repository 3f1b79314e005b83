import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFrame, FrameReader } from '../../../server/device/frames.ts';

test('messages come out as they went in, however the stream is cut', () => {
  const message = fc.record({
    id: fc.nat(),
    name: fc.string(),
    pixels: fc.uint8Array({ maxLength: 300 }),
    levels: fc.float32Array({ maxLength: 100, noNaN: true }),
  });
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 5 }),
      fc.integer({ min: 1, max: 400 }),
      (sent, cut) => {
        const stream = Buffer.concat(sent.flatMap((each) => encodeFrame(each)));
        const reader = new FrameReader();
        const received: unknown[] = [];
        for (let i = 0; i < stream.length; i += cut) {
          received.push(...reader.read(stream.subarray(i, i + cut)));
        }
        expect(received).toEqual(sent);
      },
    ),
  );
});

test('a stream of another kind is refused', () => {
  expect(() => new FrameReader().read(Buffer.from('GET / HTTP/1.1\r\n'))).toThrow(/none of ours/);
});

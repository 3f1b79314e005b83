import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { findSecondType } from '../../../server/photo/polyglot.ts';
import { requirePhoto } from '../../../server/photo/probe-photo.ts';
import { createSegment, insertSegment } from '../../support/jpeg.ts';
import { createPrivatePhoto } from '../../support/private-photo.ts';

/** End record of an empty archive, with a comment. */
const zipEnd = (comment: string) =>
  Buffer.concat([
    Buffer.from('PK\x05\x06', 'latin1'),
    Buffer.alloc(16),
    Buffer.of(comment.length, 0),
    Buffer.from(comment),
  ]);

let jpeg: Buffer;
beforeAll(async () => {
  jpeg = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#a86' } })
    .jpeg()
    .toBuffer();
});

test.each([
  ['a PDF document', () => insertSegment(jpeg, createSegment(0xfe, Buffer.from('%PDF-1.4\n')))],
  ['a page or drawing', () => insertSegment(jpeg, createSegment(0xfe, Buffer.from('<HTML>')))],
  ['a page or drawing', () => insertSegment(jpeg, createSegment(0xfe, Buffer.from('<svg x>')))],
  ['an archive', () => Buffer.concat([jpeg, zipEnd('')])],
  ['an archive', () => Buffer.concat([jpeg, zipEnd('hello')])],
])('%s is found in a JPEG, which is refused', (type, create) => {
  const file = create();
  expect(findSecondType(file)).toBe(type);
  const read = () => requirePhoto(file, { maxPixels: 1e6, inputFormats: ['jpeg'] });
  expect(read).toThrow(type);
});

test('photos with all kinds of metadata are photos alone', async () => {
  for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
    expect(findSecondType(await createPrivatePhoto(jpeg, format))).toBeUndefined();
  }
  // Bytes that only look like the record: nothing ends where its comment would.
  expect(findSecondType(Buffer.concat([jpeg, zipEnd(''), Buffer.of(1)]))).toBeUndefined();
});

test('any bytes are searched without an error', () => {
  const bytes = fc.array(fc.constantFrom(0x50, 0x4b, 5, 6, 0, 60), { maxLength: 90 });
  fc.assert(fc.property(bytes, (file) => void findSecondType(Uint8Array.from(file))));
});

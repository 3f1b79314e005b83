import fc from 'fast-check';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { estimateJpegQuality } from '../../models/contract/jpeg-quality.ts';
import { readComposite } from '../support/composites.ts';

test.each([30, 50, 75, 92, 98, 100])('quality %i is found again', async (quality) => {
  const file = await sharp(readComposite()).resize(32).jpeg({ quality }).toBuffer();
  expect(Math.abs((estimateJpegQuality(file) ?? 0) - quality)).toBeLessThanOrEqual(1);
});

test('what has no table has no quality, and no bytes are too strange', () => {
  expect(estimateJpegQuality(new Uint8Array(200))).toBeUndefined();
  const bytes = fc.array(fc.constantFrom(0xff, 0xdb, 0xd8, 0xe0, 0, 1, 64), { maxLength: 200 });
  fc.assert(
    fc.property(bytes, (file) => {
      const quality = estimateJpegQuality(Uint8Array.from(file));
      expect(quality === undefined || (quality >= 1 && quality <= 100)).toBe(true);
    }),
  );
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { type ColorProfile, parseColorProfile } from '../../models/contract/color-profile.ts';
import {
  createProfile,
  parametricCurve,
  SRGB_CURVE,
  sampledCurve,
} from '../support/icc-profile.ts';

function requireProfile(icc: Uint8Array): ColorProfile {
  const profile = parseColorProfile(icc);
  if (profile === undefined) throw new Error('the profile was not read');
  return profile;
}

/** Colours well inside both spaces, so that no converter has to clip. */
const COLORS = [60, 110, 160, 200].flatMap((r) =>
  [60, 110, 160, 200].flatMap((g) => [60, 110, 160, 200].map((b) => [r, g, b])),
);
const LEVELS = Uint8Array.from(COLORS.flat());
const SIZE = { width: COLORS.length, height: 1, channels: 3 as const };

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
}

/** What LittleCMS, an independent implementation, makes of sRGB levels. */
async function convertByLittleCms(icc: Uint8Array): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'dm-icc-'));
  try {
    const path = join(folder, 'profile.icc');
    await writeFile(path, icc);
    return await sharp(LEVELS, { raw: SIZE }).withIccProfile(path).raw().toBuffer();
  } finally {
    await rm(folder, { recursive: true });
  }
}

const GAMMA_22 = sampledCurve([Math.round(2.2 * 256)]);
const TABLE = sampledCurve(
  Array.from({ length: 1024 }, (_, i) => Math.round(65535 * (i / 1023) ** 1.8)),
);

describe('colour profiles', () => {
  test.each([
    ['Display P3', createProfile('display-p3')],
    ['P3 with a gamma', createProfile('display-p3', GAMMA_22)],
    ['P3 with a table', createProfile('display-p3', TABLE)],
    ['sRGB primaries with a gamma of 1.8', createProfile('srgb', parametricCurve(0, [1.8]))],
  ])('%s agrees with LittleCMS', async (_, icc) => {
    const profile = requireProfile(icc);
    const expected = await convertByLittleCms(icc);
    const converted = profile.fromSrgb(Float32Array.from(LEVELS));
    // The space differs from sRGB, so that doing nothing would not pass.
    expect(largestDifference(LEVELS, expected)).toBeGreaterThan(4);
    expect(largestDifference(converted, expected)).toBeLessThan(1);
    const back = profile.toSrgb({ ...SIZE, data: Uint8Array.from(expected) });
    expect(largestDifference(back.data, LEVELS)).toBeLessThanOrEqual(2);
  });

  test('sRGB itself needs no conversion', () => {
    expect(parseColorProfile(createProfile('srgb'))).toBeUndefined();
  });

  test('alpha is kept', () => {
    const profile = requireProfile(createProfile('display-p3'));
    const data = Uint8Array.of(200, 60, 60, 7, 60, 200, 60, 99);
    const converted = profile.toSrgb({ width: 2, height: 1, channels: 4, data });
    expect([converted.data[3], converted.data[7]]).toEqual([7, 99]);
    expect(converted.data[0]).toBeGreaterThan(200);
    expect(data.slice(0, 3)).toEqual(Uint8Array.of(200, 60, 60));
  });

  test.each([
    ['of another colour space', (icc: Buffer) => icc.write('CMYK', 16, 'latin1')],
    ['without the signature', (icc: Buffer) => icc.write('none', 36, 'latin1')],
    ['without a curve', (icc: Buffer) => icc.write('none', 128 + 4 + 12 * 3, 'latin1')],
  ])('a profile %s is left alone', (_, damage) => {
    const icc = createProfile('display-p3');
    damage(icc);
    expect(parseColorProfile(icc)).toBeUndefined();
  });

  test('a falling curve is left alone', () => {
    const falling = sampledCurve([65535, 30000, 0]);
    expect(parseColorProfile(createProfile('display-p3', falling))).toBeUndefined();
  });

  test('no damage to the bytes makes reading fail', () => {
    const icc = createProfile('display-p3', SRGB_CURVE);
    const change = fc.tuple(fc.nat(icc.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.nat(icc.length), (changes, length) => {
        const damaged = Buffer.from(icc.subarray(0, length));
        for (const [place, byte] of changes) if (place < length) damaged[place] = byte;
        const profile = parseColorProfile(damaged);
        const levels = profile?.fromSrgb(Float32Array.of(10, 100, 250)) ?? [0];
        expect([...levels].every((level) => level >= 0 && level <= 255)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

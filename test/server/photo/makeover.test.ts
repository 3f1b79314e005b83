import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { estimateJpegQuality } from '../../../models/contract/jpeg-quality.ts';
import { type LoadedModels, loadModels } from '../../../server/models/model-set.ts';
import { ModelRegistry } from '../../../server/models/registry.ts';
import { scanRepository } from '../../../server/models/repository.ts';
import type { ImageFormat } from '../../../server/photo/formats.ts';
import { makeOverPhoto } from '../../../server/photo/makeover.ts';
import { rejectionCode } from '../../support/codes.ts';
import { readComposite } from '../../support/composites.ts';
import {
  createModelRepository,
  removeModelRepository,
  TINT,
} from '../../support/model-repository.ts';
import { storeTurned } from '../../support/orientation.ts';

let models: LoadedModels;
/** A composite of 240x300 px, in sRGB without a profile. */
let photo: Sharp;

beforeAll(async () => {
  const repository = await createModelRepository();
  const { folders } = new ModelRegistry(await scanRepository(repository));
  const provider = { wanted: 'cpu', isStrict: true } as const;
  models = (await loadModels({ provider, folders })).models;
  await removeModelRepository(repository);
  photo = sharp(await sharp(readComposite()).resize(240).png().toBuffer());
});

async function makeOver(file: Buffer, format?: ImageFormat, quality?: number): Promise<Buffer> {
  const result = await makeOverPhoto(
    {
      kind: 'makeover',
      file,
      model: 'tint/1',
      strength: 1,
      faces: 'all',
      output: 'photo',
      format,
      quality,
      maxPixels: 10_000_000,
      maxFaces: 8,
    },
    models,
  );
  return Buffer.from(result.file);
}

test.each([2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i gives the upright result', async (turn) => {
  const upright = await photo.clone().png().toBuffer();
  const expected = await sharp(await makeOver(upright))
    .raw()
    .toBuffer();
  const result = await makeOver(await storeTurned(upright, turn));
  expect(await sharp(result).metadata()).toMatchObject({ width: 240, height: 300 });
  // The turned file has a profile, of sRGB itself: the values are to be compared as they are.
  const pixels = await sharp(result, { ignoreIcc: true }).raw().toBuffer();
  expect(pixels.equals(expected)).toBe(true);
});

describe('formats', () => {
  test.each([
    ['png', 'png'],
    ['webp', 'webp'],
    ['avif', 'heif'],
    ['jpeg', 'jpeg'],
  ] as const)('%s in, the same out; also when it is asked for', async (format, found) => {
    const size = { format: found, width: 240, height: 300 };
    const same = await makeOver(await photo.clone().toFormat(format).toBuffer());
    expect(await sharp(same).metadata()).toMatchObject(size);
    const asked = await makeOver(await photo.clone().png().toBuffer(), format);
    expect(await sharp(asked).metadata()).toMatchObject(size);
  });

  test('a picture that the format cannot hold is refused', async () => {
    const background = { width: 16_400, height: 300, channels: 3, background: '#88a' } as const;
    // Small faces of a long picture are lost to the detector: here the face fills its height.
    const strip = await sharp({ create: background })
      .composite([{ input: await photo.clone().png().toBuffer(), left: 0, top: 0 }])
      .png()
      .toBuffer();
    expect(['BAD_PARAMETER', 'NO_FACE_FOUND']).toContain(
      await rejectionCode(makeOver(strip, 'webp')),
    );
  });

  test('alpha stays, bit for bit', async () => {
    const alpha = Buffer.from(Uint8Array.from({ length: 240 * 300 }, (_, i) => i % 256));
    const raw = { width: 240, height: 300, channels: 1 } as const;
    const file = await photo.clone().joinChannel(alpha, { raw }).png().toBuffer();
    const result = await sharp(await makeOver(file))
      .extractChannel(3)
      .raw()
      .toBuffer();
    expect(result.equals(alpha)).toBe(true);
  });
});

describe('profiles', () => {
  test.each(['jpeg', 'png', 'webp', 'avif'] as const)('%s: Display P3 stays', async (format) => {
    const file = await photo.clone().withIccProfile('p3').toFormat(format).toBuffer();
    const { icc } = await sharp(file).metadata();
    expect(icc).toBeDefined();
    expect((await sharp(await makeOver(file)).metadata()).icc).toEqual(icc);
  });

  test('the change is the same to see in Display P3 as in sRGB', async () => {
    const file = await photo.clone().withIccProfile('p3').png().toBuffer();
    // The decoder turns both into sRGB.
    const before = await sharp(file).raw().toBuffer();
    const after = await sharp(await makeOver(file))
      .raw()
      .toBuffer();
    const centre = 3 * (240 * 150 + 120);
    TINT.forEach((level, c) => {
      const change = (after[centre + c] ?? 0) - (before[centre + c] ?? 0);
      expect(Math.abs(change - level)).toBeLessThanOrEqual(2);
    });
  });
});

describe('what the photo came as is kept', () => {
  test.each(['4:2:0', '4:4:4'] as const)('subsampling %s', async (chromaSubsampling) => {
    const result = await makeOver(await photo.clone().jpeg({ chromaSubsampling }).toBuffer());
    expect((await sharp(result).metadata()).chromaSubsampling).toBe(chromaSubsampling);
  });

  test.each([
    [80, 92],
    [97, 97],
  ])('JPEG quality %i becomes %i', async (quality, expected) => {
    const result = await makeOver(await photo.clone().jpeg({ quality }).toBuffer());
    expect(Math.abs((estimateJpegQuality(result) ?? 0) - expected)).toBeLessThanOrEqual(1);
  });

  test('unless another quality is asked for', async () => {
    const file = await photo.clone().webp({ lossless: true }).toBuffer();
    expect(estimateJpegQuality(await makeOver(file, 'jpeg', 40))).toBe(40);
    const sizes: number[] = [];
    for (const format of ['jpeg', 'webp', 'avif'] as const) {
      for (const quality of [20, 80, undefined]) {
        sizes.push((await makeOver(file, format, quality)).length);
      }
    }
    for (let i = 0; i < sizes.length; i += 3) {
      expect(sizes.slice(i, i + 3)).toEqual(sizes.slice(i, i + 3).sort((a, b) => a - b));
    }
  });
});

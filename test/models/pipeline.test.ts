import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseColorProfile } from '../../models/contract/color-profile.ts';
import { alignFace, CELEBA_CROP, type CropGeometry } from '../../models/contract/crop.ts';
import { applySimilarity } from '../../models/contract/geometry.ts';
import { maskAt } from '../../models/contract/mask.ts';
import { type MakeoverOptions, makeOver } from '../../models/contract/pipeline.ts';
import type { Raster } from '../../models/contract/raster.ts';
import { createProfile } from '../support/icc-profile.ts';
import { noise } from '../support/noise.ts';
import { type StubFace, stubDetector, stubGenerator } from '../support/stub-models.ts';

const OPTIONS: MakeoverOptions = { strength: 1, faces: 'all', maxFaces: 8 };

const anyFace: fc.Arbitrary<StubFace> = fc.record({
  x: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
  y: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
  eyeDistance: fc.double({ min: 0.05, max: 0.3, noNaN: true }),
});
const anyPhoto: fc.Arbitrary<Raster> = fc
  .record({
    width: fc.integer({ min: 30, max: 160 }),
    height: fc.integer({ min: 30, max: 160 }),
    channels: fc.constantFrom(3 as const, 4 as const),
    seed: fc.integer(),
  })
  .map(({ seed, ...size }) => ({ ...size, data: noise(size, seed) }));
const anyStrength = fc.double({ min: 0, max: 1, noNaN: true });

/** A rough, strong and patterned change. */
const rough = (x: number, y: number, c: number): number => 90 * Math.sin(x * 1.7 + y * y + 2 * c);

describe('making over', () => {
  test('an identity model gives back the photo bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyPhoto,
        fc.array(anyFace, { maxLength: 3 }),
        anyStrength,
        async (raster, faces, strength) => {
          const models = { detector: stubDetector(faces), generator: stubGenerator(() => 0) };
          const result = await makeOver({ raster }, models, { ...OPTIONS, strength });
          expect(Buffer.compare(result.raster.data, raster.data)).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a disposable photo gives the same result, also where faces overlap', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyPhoto,
        fc.array(anyFace, { minLength: 1, maxLength: 3 }),
        async (raster, faces) => {
          // The stub counts how often it has been asked.
          const createModels = () => ({
            detector: stubDetector(faces),
            generator: stubGenerator(rough),
          });
          const kept = await makeOver({ raster }, createModels(), OPTIONS);
          const copy = { ...raster, data: Uint8Array.from(raster.data) };
          const result = await makeOver(
            { raster: copy, isDisposable: true },
            createModels(),
            OPTIONS,
          );
          expect(Buffer.compare(result.raster.data, kept.raster.data)).toBe(0);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('a disposable photo with one face is not copied', async () => {
    const raster: Raster = { width: 90, height: 90, channels: 3, data: new Uint8Array(24_300) };
    const face = { x: 0.5, y: 0.5, eyeDistance: 0.2 };
    const models = { detector: stubDetector([face]), generator: stubGenerator(rough) };
    const result = await makeOver({ raster, isDisposable: true }, models, OPTIONS);
    expect(result.raster.data).toBe(raster.data);
  });

  test('strength 0 gives back the photo bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(anyPhoto, anyFace, async (raster, face) => {
        const models = { detector: stubDetector([face]), generator: stubGenerator(rough) };
        const result = await makeOver({ raster }, models, { ...OPTIONS, strength: 0 });
        expect(Buffer.compare(result.raster.data, raster.data)).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  test('alpha and pixels outside the mask never change', async () => {
    await fc.assert(
      fc.asyncProperty(anyPhoto, anyFace, anyStrength, async (raster, face, strength) => {
        const models = { detector: stubDetector([face]), generator: stubGenerator(rough) };
        const before = Buffer.from(raster.data);
        const result = await makeOver({ raster }, models, { ...OPTIONS, strength });
        expect(before.compare(raster.data)).toBe(0);
        const [found] = result.faces;
        if (found === undefined) throw new Error('the stub found no face');
        const toCrop = alignFace(found.points, CELEBA_CROP);
        const changed = changedSamples(raster, result.raster);
        expect(changed.filter(({ channel }) => channel === 3)).toEqual([]);
        for (const { x, y } of changed) {
          const place = applySimilarity(toCrop, { x: x + 0.5, y: y + 0.5 });
          expect(maskAt(CELEBA_CROP, place.x, place.y)).toBeGreaterThan(0);
        }
      }),
      { numRuns: 30 },
    );
  });
});

function changedSamples(before: Raster, after: Raster) {
  const { width, channels } = before;
  return [...before.data.keys()]
    .filter((i) => before.data[i] !== after.data[i])
    .map((i) => {
      const pixel = Math.floor(i / channels);
      return { x: pixel % width, y: Math.floor(pixel / width), channel: i % channels };
    });
}

describe('making over', () => {
  const photo = (level: number, channels: 3 | 4 = 3): Raster => ({
    width: 200,
    height: 160,
    channels,
    data: new Uint8Array(200 * 160 * channels).fill(level),
  });
  const face = { x: 0.5, y: 0.5, eyeDistance: 0.2 };
  const levelAt = ({ width, channels, data }: Raster, x: number, y: number) =>
    data.slice((y * width + x) * channels, (y * width + x) * channels + 3);

  test('adds the change times strength in the middle of the face', async () => {
    const models = {
      detector: stubDetector([face]),
      generator: stubGenerator((_x, _y, c) => [30, -20, 7][c] as number),
    };
    const { raster, faces } = await makeOver({ raster: photo(100) }, models, {
      ...OPTIONS,
      strength: 0.5,
    });
    expect([...levelAt(raster, 100, 80)]).toEqual([115, 90, 104]);
    expect([...(faces[0]?.crop.data.slice(0, 3) ?? [])]).toEqual([100, 100, 100]);
    expect([...(faces[0]?.result.data.slice(0, 3) ?? [])]).toEqual([130, 80, 107]);
  });

  test('clips at black and white', async () => {
    const models = {
      detector: stubDetector([face]),
      generator: stubGenerator((_x, _y, c) => (c === 0 ? 100 : -100)),
    };
    const { raster } = await makeOver({ raster: photo(200) }, models, OPTIONS);
    expect([...levelAt(raster, 100, 80)]).toEqual([255, 100, 100]);
    expect(raster.data.every((level) => level >= 100)).toBe(true);
  });

  test('a Buffer as pixels, as decoders give, is left alone', async () => {
    const data = Buffer.alloc(200 * 160 * 3, 90);
    const models = { detector: stubDetector([face]), generator: stubGenerator(() => 50) };
    const { raster } = await makeOver({ raster: { ...photo(0), data } }, models, OPTIONS);
    expect(data.every((level) => level === 90)).toBe(true);
    expect([...levelAt(raster, 100, 80)]).toEqual([140, 140, 140]);
  });

  test('a photo without a face comes back as it is', async () => {
    const raster = photo(1);
    const models = { detector: stubDetector([]), generator: stubGenerator(() => 50) };
    expect(await makeOver({ raster }, models, OPTIONS)).toEqual({ raster, faces: [] });
  });

  test('the largest face can be made over alone, and stages are told in order', async () => {
    const small = { x: 0.15, y: 0.5, eyeDistance: 0.06 };
    const models = () => ({
      detector: stubDetector([small, face]),
      generator: stubGenerator(() => 50),
    });
    const stages: string[] = [];
    const options = { ...OPTIONS, onStage: (stage: string) => stages.push(stage) };
    const all = await makeOver({ raster: photo(90) }, models(), options);
    const largest = await makeOver({ raster: photo(90) }, models(), {
      ...OPTIONS,
      faces: 'largest',
    });
    expect(all.faces).toHaveLength(2);
    expect(largest.faces).toHaveLength(1);
    expect(largest.faces[0]).toEqual(all.faces[0]);
    expect([...levelAt(all.raster, 30, 80)]).toEqual([140, 140, 140]);
    expect([...levelAt(largest.raster, 30, 80)]).toEqual([90, 90, 90]);
    expect(stages).toEqual(['detect', 'infer', 'blend']);
  });

  test('faces that touch each other are each made over once', async () => {
    const left = { x: 0.4, y: 0.5, eyeDistance: 0.1 };
    const right = { x: 0.56, y: 0.5, eyeDistance: 0.1 };
    const models = { detector: stubDetector([left, right]), generator: stubGenerator(() => 50) };
    const { raster, faces } = await makeOver({ raster: photo(90) }, models, OPTIONS);
    expect(faces).toHaveLength(2);
    // Between the faces both masks apply: their changes must not add up.
    expect(Math.max(...raster.data)).toBe(140);
  });

  test('the result does not depend on how many faces share a batch', async () => {
    const raster = { ...photo(0), data: noise({ width: 200, height: 160, channels: 3 }, 7) };
    const far = { x: 0.13, y: 0.3, eyeDistance: 0.07 };
    const near = { x: 0.75, y: 0.6, eyeDistance: 0.12 };
    const run = (faces: readonly StubFace[]) =>
      makeOver(
        { raster },
        { detector: stubDetector(faces), generator: stubGenerator(rough) },
        OPTIONS,
      );
    const both = await run([far, near]);
    const separate = [await run([near]), await run([far])];
    const alone = separate.flatMap(({ faces }) => faces);
    expect(both.faces).toEqual(alone.map((found, i) => ({ ...found, id: i + 1 })));
    for (const { x, y, channel } of changedSamples(raster, both.raster)) {
      const i = (y * 200 + x) * 3 + channel;
      expect(separate.map((one) => one.raster.data[i])).toContain(both.raster.data[i]);
    }
  });

  test('another crop size works as well', async () => {
    const crop: CropGeometry = {
      frame: { width: 128, height: 128 },
      x: 0,
      y: 0,
      width: 128,
      height: 128,
      template: { leftEye: { x: 40, y: 50 }, rightEye: { x: 88, y: 50 }, mouth: { x: 64, y: 98 } },
    };
    const models = { detector: stubDetector([face]), generator: stubGenerator(() => 20, crop) };
    const { raster, faces } = await makeOver({ raster: photo(90) }, models, OPTIONS);
    expect([faces[0]?.crop.width, faces[0]?.crop.height]).toEqual([128, 128]);
    expect([...levelAt(raster, 100, 80)]).toEqual([110, 110, 110]);
  });

  test('bad options and answers are refused with a reason', async () => {
    const detector = stubDetector([face]);
    const broken = stubGenerator(() => Number.NaN);
    await expect(
      makeOver({ raster: photo(9) }, { detector, generator: broken }, OPTIONS),
    ).rejects.toThrow(/residual has values that are not finite/);
    await expect(
      makeOver(
        { raster: photo(9) },
        { detector, generator: broken },
        { ...OPTIONS, strength: 1.5 },
      ),
    ).rejects.toThrow(/strength is 1.5, expected 0 to 1/);
  });

  test('a photo in another colour space keeps its own values but for the change', async () => {
    const profile = parseColorProfile(createProfile('display-p3'));
    if (profile === undefined) throw new Error('the profile was not read');
    const raster = { ...photo(0), data: noise({ width: 200, height: 160, channels: 3 }, 3) };
    const same = await makeOver(
      { raster, profile },
      { detector: stubDetector([face]), generator: stubGenerator(() => 0) },
      OPTIONS,
    );
    expect(Buffer.compare(same.raster.data, raster.data)).toBe(0);
    const red = await makeOver(
      { raster: photo(100), profile },
      {
        detector: stubDetector([face]),
        generator: stubGenerator((_x, _y, c) => (c === 0 ? 60 : 0)),
      },
      OPTIONS,
    );
    const [r, g, b] = levelAt(red.raster, 100, 80);
    // LittleCMS gives the same for sRGB (160, 100, 100); unrounded it is (151.51, 102.72, 101.43).
    expect([r, g, b]).toEqual([152, 103, 101]);
  });
});

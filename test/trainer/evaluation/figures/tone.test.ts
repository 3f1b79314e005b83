import { expect, test } from 'vitest';
import { CELEBA_CROP } from '../../../../models/contract/crop.ts';
import { lightnessAndChroma } from '../../../../trainer/evaluation/figures/lab.ts';
import { meanTone, skinPixels } from '../../../../trainer/evaluation/figures/tone.ts';

// L*a*b* of the sRGB primaries under D50: (54.29, 80.81, 69.89), (87.82, -79.27, 80.99),
// (29.57, 68.30, -112.03).
test.each([
  [[255, 0, 0], 54.29, Math.hypot(80.81, 69.89)],
  [[0, 255, 0], 87.82, Math.hypot(79.27, 80.99)],
  [[0, 0, 255], 29.57, Math.hypot(68.3, 112.03)],
  [[255, 255, 255], 100, 0],
  [[0, 0, 0], 0, 0],
  [[119, 119, 119], 50.03, 0],
])('%j', ([red, green, blue], lightness, chroma) => {
  const tone = lightnessAndChroma(red as number, green as number, blue as number);
  expect(Math.abs(tone.lightness - lightness)).toBeLessThan(0.05);
  expect(Math.abs(tone.chroma - chroma)).toBeLessThan(0.1);
});

test('skin is the ellipse without eyes and lips', () => {
  const skin = new Set(skinPixels(CELEBA_CROP));
  const { width, height, template } = CELEBA_CROP;
  const has = (x: number, y: number): boolean => skin.has(Math.floor(y) * width + Math.floor(x));
  for (const { x, y } of [template.leftEye, template.rightEye, template.mouth]) {
    expect(has(x, y)).toBe(false);
  }
  expect(has(0, 0)).toBe(false);
  expect(has(width - 1, height - 1)).toBe(false);
  expect([has(40, 5), has(40, 40), has(20, 45), has(60, 45), has(40, 80)]).toEqual([
    true,
    true,
    true,
    true,
    true,
  ]);
  const share = skin.size / (width * height);
  expect(share).toBeGreaterThan(0.4);
  expect(share).toBeLessThan(0.65);
});

test('only skin decides the tone', () => {
  const skin = skinPixels(CELEBA_CROP);
  const face = new Uint8Array(CELEBA_CROP.width * CELEBA_CROP.height * 3);
  for (const pixel of skin) face.fill(119, 3 * pixel, 3 * pixel + 3);
  const { lightness, chroma } = meanTone(face, skin);
  expect(lightness).toBeCloseTo(50.03, 1);
  expect(chroma).toBeCloseTo(0, 6);
});

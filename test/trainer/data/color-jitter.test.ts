import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changeColors, randomColorChange } from '../../../trainer/data/color-jitter.ts';
import { Random } from '../../../trainer/random.ts';

const JITTER = {
  share: 0.5,
  grey: 0.2,
  light: 1.25,
  contrast: 1.2,
  saturation: 1.4,
  balance: 1.08,
};

test('a change by factors of one leaves every level', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 3, maxLength: 3 }), (levels) => {
      const changed = levels.slice();
      changeColors(changed, { saturation: 1, gains: [1, 1, 1], contrast: 1 });
      expect(changed).toEqual(levels);
    }),
  );
});

test('saturation, gains and contrast work in this order, and levels stay levels', () => {
  const levels = Uint8Array.of(100, 100, 100, 250, 10, 10);
  changeColors(levels, { saturation: 2, gains: [1.2, 1, 0.5], contrast: 0.5 });
  // Grey: 128 + 0.5 * (100 * gain - 128). Red: luma 81.76, saturated 418.24 and -61.76.
  expect([...levels]).toEqual([124, 114, 89, 255, 33, 49]);
});

test('a grey face has equal channels', () => {
  const levels = Uint8Array.of(200, 40, 90);
  changeColors(levels, { saturation: 0, gains: [1.1, 1.1, 1.1], contrast: 1.1 });
  expect(new Set(levels).size).toBe(1);
});

test('as many faces keep their colours and turn grey as the jitter says', () => {
  const random = new Random(1);
  const drawn = Array.from({ length: 2000 }, () => randomColorChange(JITTER, random));
  const changed = drawn.filter((change) => change !== undefined);
  expect(changed.length / drawn.length).toBeCloseTo(0.5, 1);
  const grey = changed.filter(({ saturation }) => saturation === 0);
  expect(grey.length / changed.length).toBeCloseTo(0.2, 1);
  for (const { contrast, gains } of changed) {
    expect(contrast).toBeGreaterThanOrEqual(1 / 1.2);
    expect(contrast).toBeLessThanOrEqual(1.2);
    expect(Math.max(...gains)).toBeLessThanOrEqual(1.25 * 1.08);
  }
});

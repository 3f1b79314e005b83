import { describe, expect, test } from 'vitest';
import { CELEBA_CROP } from '../../models/contract/crop.ts';
import { prepareField, sampleField } from '../../models/contract/field.ts';
import { maskAt } from '../../models/contract/mask.ts';
import { createRaster, type Raster } from '../../models/contract/raster.ts';
import { changeAt, describeChange } from '../../models/contract/transfer.ts';

const SIZE = 20;

function paint(levelAt: (x: number, y: number) => number): Raster {
  const raster = createRaster(SIZE, SIZE);
  raster.data.forEach((_, i) => {
    const pixel = Math.floor(i / 3);
    raster.data[i] = levelAt(pixel % SIZE, Math.floor(pixel / SIZE));
  });
  return raster;
}

function changeBy(levels: number): Float32Array {
  return new Float32Array(SIZE * SIZE * 3).fill(levels);
}

describe('fields', () => {
  const field = (valueAt: (x: number, y: number) => number) => ({
    width: 24,
    height: 16,
    channels: 1,
    data: Float32Array.from({ length: 24 * 16 }, (_, i) => valueAt(i % 24, Math.floor(i / 24))),
  });
  const sample = (prepared: ReturnType<typeof prepareField>, x: number, y: number): number => {
    const values = new Float32Array(1);
    sampleField(prepared, x, y, values);
    return values[0] as number;
  };

  test('a slope is enlarged without steps', () => {
    const prepared = prepareField(
      field((x, y) => 3 * x + y),
      0.1,
    );
    for (let x = 4; x < 20; x += 0.13) {
      expect(sample(prepared, x, 8)).toBeCloseTo(3 * (x - 0.5) + 7.5, 3);
    }
  });

  test('enlarging a single pixel gives a round hill without jumps', () => {
    const prepared = prepareField(
      field((x, y) => (x === 12 && y === 8 ? 100 : 0)),
      0.1,
    );
    expect(sample(prepared, 12.5, 8.5)).toBeGreaterThan(85);
    expect(sample(prepared, 13.3, 8.5)).toBeCloseTo(sample(prepared, 12.5, 9.3), 3);
    for (let x = 8; x < 17; x += 0.1) {
      const step = Math.abs(sample(prepared, x + 0.1, 8.5) - sample(prepared, x, 8.5));
      // The cubic's steepest slope is 1.389 of the pixel's height per pixel.
      expect(step).toBeLessThan(13.9);
    }
  });

  test('the finest pattern is averaged away when a face is smaller than the crop', () => {
    const board = field((x, y) => ((x + y) % 2) * 100);
    for (let x = 5; x < 18; x += 0.7) {
      expect(Math.abs(sample(prepareField(board, 3), x, 8.2) - 50)).toBeLessThan(3);
    }
  });

  test('beyond its border a field goes on as at the border', () => {
    const prepared = prepareField(
      field((x) => x),
      0.2,
    );
    expect(sample(prepared, -5, 3)).toBe(sample(prepared, 0, 3));
    expect(sample(prepared, 90, 3)).toBe(sample(prepared, 24, 3));
  });
});

describe('the transfer', () => {
  test('an even change stays even', () => {
    const crop = paint((x, y) => (x * 37 + y * 11) % 200);
    const { channels, data } = describeChange(crop, changeBy(25));
    const change = new Float32Array(3);
    for (const pixel of [0, 57, 399]) {
      changeAt(data.subarray(pixel * channels), 10, 200, 90, change);
      expect([...change].every((value) => Math.abs(value - 25) < 1e-3)).toBe(true);
    }
  });

  test('a change that follows the brightness follows the brightness of the photo', () => {
    const crop = paint((x) => (x < SIZE / 2 ? 40 : 200));
    const change = Float32Array.from(crop.data, (level) => -0.5 * (level - 40));
    const { channels, data } = describeChange(crop, change);
    const atEdge = data.subarray((10 * SIZE + SIZE / 2) * channels);
    const dark = new Float32Array(3);
    const bright = new Float32Array(3);
    changeAt(atEdge, 40, 40, 40, dark);
    changeAt(atEdge, 200, 200, 200, bright);
    // The same place: the photo decides on which side of the edge it lies. Of the full difference,
    // 80, one of the five windows sees no edge, and the regulariser takes a few percent.
    expect((dark[0] as number) - (bright[0] as number)).toBeGreaterThan(0.75 * 80);
  });
});

describe('the mask', () => {
  const { width, height } = CELEBA_CROP;

  test('is whole on eyes, nose and mouth, and 0 from the border on', () => {
    for (const { x, y } of Object.values(CELEBA_CROP.template)) {
      expect(maskAt(CELEBA_CROP, x, y)).toBe(1);
    }
    for (let share = -0.2; share <= 1.2; share += 0.05) {
      expect(maskAt(CELEBA_CROP, share * width, 0)).toBe(0);
      expect(maskAt(CELEBA_CROP, share * width, height)).toBe(0);
      expect(maskAt(CELEBA_CROP, 0, share * height)).toBe(0);
      expect(maskAt(CELEBA_CROP, width, share * height)).toBe(0);
    }
  });

  test('has no step anywhere', () => {
    for (let y = 0; y < height; y += 0.5) {
      for (let x = 0; x < width; x += 0.5) {
        const step = Math.abs(maskAt(CELEBA_CROP, x + 0.5, y) - maskAt(CELEBA_CROP, x, y));
        expect(step).toBeLessThan(0.13);
      }
    }
  });
});

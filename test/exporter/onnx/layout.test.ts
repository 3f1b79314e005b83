import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { featureOrder, reorderRows, transposeConstant } from '../../../exporter/onnx/constants.ts';
import {
  addToDim,
  type Dim,
  divideDim,
  type FreeDim,
  freeDim,
  isExact,
  isSymbol,
  multiplyDim,
  nominalSize,
  remainderOf,
} from '../../../exporter/onnx/dims.ts';
import { samePads } from '../../../exporter/onnx/windows.ts';

test('kernels are turned from HWIO to OIHW', () => {
  // Values tell their own position: 1000 h + 100 w + 10 i + o.
  const shape = [2, 3, 2, 4];
  const kernel = new Float32Array(48);
  const [height, width, inputs, outputs] = shape as [number, number, number, number];
  const positions: [number, number, number, number][] = [];
  for (let h = 0; h < height; h++)
    for (let w = 0; w < width; w++)
      for (let i = 0; i < inputs; i++)
        for (let o = 0; o < outputs; o++) positions.push([h, w, i, o]);
  positions.forEach(([h, w, i, o], index) => {
    kernel[index] = 1000 * h + 100 * w + 10 * i + o;
  });
  const turned = transposeConstant({ shape, data: kernel }, [3, 2, 0, 1]);
  expect(turned.shape).toEqual([4, 2, 2, 3]);
  for (const [h, w, i, o] of positions) {
    const index = ((o * inputs + i) * height + h) * width + w;
    expect(turned.data[index]).toBe(1000 * h + 100 * w + 10 * i + o);
  }
});

test('rows of flattened maps are reordered map by map, and found again', () => {
  const layout = [
    { height: 2, width: 3, channels: 4 },
    { height: 1, width: 1, channels: 5 },
    { height: 3, width: 1, channels: 2 },
  ];
  const data = Float32Array.from({ length: 35 }, (_, i) => i);
  const reordered = reorderRows(data, layout);
  expect([...reordered.subarray(0, 6)]).toEqual([0, 4, 8, 12, 16, 20]);
  expect([...reordered.subarray(24)]).toEqual([24, 25, 26, 27, 28, 29, 31, 33, 30, 32, 34]);
  expect(featureOrder(layout).map((position) => reordered[position])).toEqual([...data]);
});

test('SAME padding puts the odd pixel at the end', () => {
  expect(samePads(256, 5, 2)).toEqual({ begin: 1, end: 2 });
  expect(samePads(100, 4, 2)).toEqual({ begin: 1, end: 1 });
  expect(samePads(80, 3, 1)).toEqual({ begin: 1, end: 1 });
  expect(samePads(5, 3, 2)).toEqual({ begin: 1, end: 1 });
  expect(samePads(64, 2, 2)).toEqual({ begin: 0, end: 0 });
  expect(samePads(4, 1, 2)).toEqual({ begin: 0, end: 0 });
});

/** A size put through steps, as a number and as a function of a free input. */
type Step = readonly ['add' | 'multiply' | 'divide', number];

function apply(dim: Dim, [kind, count]: Step): Dim {
  if (kind === 'add') return addToDim(dim, count);
  return kind === 'multiply' ? multiplyDim(dim, count) : divideDim(dim, count);
}

const steps = fc.array(
  fc.tuple(fc.constantFrom<Step[0]>('add', 'multiply', 'divide'), fc.integer({ min: 1, max: 4 })),
  { maxLength: 8 },
);

describe('a free size', () => {
  test('follows the size that a fixed input would have', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 30 }), (chain, k) => {
        const free = chain.reduce<Dim>(apply, freeDim('h')) as FreeDim;
        const size = free.multiple * k;
        const fixed = chain.reduce<Dim>(apply, size) as number;
        expect((free.numerator * size) / free.denominator + free.offset).toBe(fixed);
        const nominal = chain.reduce<Dim>(apply, freeDim('h', size));
        expect(nominalSize(nominal)).toBe(fixed);
        if (isSymbol(free)) expect(fixed).toBe(size);
      }),
    );
  });

  test('knows its remainder where the input is a multiple', () => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 2, max: 4 }),
        (chain, k, stride) => {
          const free = chain.reduce<Dim>(apply, freeDim('h', 1, 8)) as FreeDim;
          const fixed = chain.reduce<Dim>(apply, 8 * k) as number;
          const remainder = remainderOf(free, stride);
          if (remainder !== undefined) expect(remainder).toBe(fixed % stride);
          if (isExact(free)) {
            expect((free.numerator * 8 * k) / free.denominator + free.offset).toBe(fixed);
          }
        },
      ),
    );
    expect(remainderOf(freeDim('h', 100, 4), 2)).toBe(0);
    expect(remainderOf(freeDim('h'), 2)).toBeUndefined();
    expect(samePads(freeDim('h', 100, 4), 4, 2)).toEqual({ begin: 1, end: 1 });
    expect(samePads(freeDim('h'), 3, 2)).toBeUndefined();
  });
});

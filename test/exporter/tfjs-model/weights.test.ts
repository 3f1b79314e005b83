import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeWeights, type WeightTensor } from '../../../exporter/tfjs-model/weights.ts';

beforeAll(() => tf.setBackend('cpu'));

function decode(
  dtype: 'float32' | 'int32' | 'bool',
  stored: Uint8Array | Uint16Array,
  quantization?: tf.io.WeightsManifestEntry['quantization'],
): WeightTensor['data'] {
  const spec = { name: 'w', shape: [stored.length], dtype, ...(quantization && { quantization }) };
  const weights = decodeWeights([spec], new Uint8Array(stored.buffer).slice().buffer);
  return (weights.get('w') as WeightTensor).data;
}

describe('quantised weights', () => {
  test.each(['uint8', 'uint16'] as const)('are scale * q + min as %s', (dtype) => {
    const limit = dtype === 'uint8' ? 255 : 65535;
    const codes = fc.array(fc.integer({ min: 0, max: limit }), { minLength: 1, maxLength: 20 });
    const range = fc.record({
      min: fc.double({ min: -100, max: 100, noNaN: true }),
      scale: fc.double({ min: 1e-6, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(codes, range, (q, { min, scale }) => {
        const stored = dtype === 'uint8' ? Uint8Array.from(q) : Uint16Array.from(q);
        const values = decode('float32', stored, { dtype, min, scale });
        expect(values).toEqual(Float32Array.from(q, (code) => scale * code + min));
      }),
    );
  });

  test('of type int32 are rounded', () => {
    const quantization = { dtype: 'uint8' as const, min: -3, scale: 0.4 };
    expect(decode('int32', Uint8Array.of(0, 1, 5, 255), quantization)).toEqual(
      Int32Array.of(-3, -3, -1, 99),
    );
  });

  test('as float16 are exact for every finite half, subnormal ones among them', () => {
    const finite = Uint16Array.from({ length: 65536 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00,
    );
    const expected = Float32Array.from(finite, (bits) => {
      const sign = bits & 0x8000 ? -1 : 1;
      const exponent = (bits >> 10) & 0x1f;
      const fraction = (bits & 0x3ff) / 1024;
      return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
    });
    const values = decode('float32', finite, { dtype: 'float16' });
    expect(values.every((value, i) => value === expected[i])).toBe(true);
  });
});

test('bools are kept as bytes, and data of the wrong size is refused', () => {
  expect(decode('bool', Uint8Array.of(1, 0, 1))).toEqual(Uint8Array.of(1, 0, 1));
  const spec = { name: 'w', shape: [2, 2], dtype: 'float32' as const };
  expect(() => decodeWeights([spec], new ArrayBuffer(12))).toThrow(/16 bytes, but 12/);
});

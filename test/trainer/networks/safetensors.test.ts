import { expect, test } from 'vitest';
import {
  decodeSafetensors,
  encodeSafetensors,
  halfBytes,
} from '../../../trainer/networks/safetensors.ts';

const TENSORS = new Map([
  ['generator/kernel', { shape: [2, 2], data: Float32Array.of(1, -2, 0.5, 0) }],
  ['generator/scale', { shape: [], data: Float32Array.of(0.25) }],
]);
const FILE = encodeSafetensors(TENSORS, halfBytes(TENSORS), { preset: 'tiny' });

test('comes back with its metadata', () => {
  expect(decodeSafetensors(FILE)).toEqual({ tensors: TENSORS, metadata: { preset: 'tiny' } });
});

test('has the header that other readers expect', () => {
  const length = Number(FILE.readBigUInt64LE());
  expect(length % 8).toBe(0);
  expect(JSON.parse(FILE.subarray(8, 8 + length).toString())).toEqual({
    __metadata__: { preset: 'tiny' },
    'generator/kernel': { dtype: 'F16', shape: [2, 2], data_offsets: [0, 8] },
    'generator/scale': { dtype: 'F16', shape: [], data_offsets: [8, 10] },
  });
  expect(FILE.length).toBe(8 + length + 10);
});

test.each([
  ['nothing', new Uint8Array(0)],
  ['less than its header', FILE.subarray(0, 20)],
  ['less than its tensors', FILE.subarray(0, FILE.length - 1)],
  ['another file', Buffer.from('a text that is no tensor file at all')],
])('refuses %s', (_, bytes) => {
  expect(() => decodeSafetensors(bytes)).toThrow(/damaged or no safetensors/);
});

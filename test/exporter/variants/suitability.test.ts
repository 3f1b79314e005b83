import { describe, expect, test, vi } from 'vitest';
import { variantsSection } from '../../../exporter/generator/variants-section.ts';
import { measureSpeed, median } from '../../../exporter/variants/speed.ts';
import { assignProviders, type MeasuredVariant } from '../../../exporter/variants/suitability.ts';
import type { ModelRunner } from '../../../models/contract/tensor.ts';
import type { VariantQuality } from '../../../models/contract/variants.ts';

const SOUND: VariantQuality = {
  splits: '1+2',
  faces: 400,
  ssim: 0.97,
  maxAbs: 9,
  meanAbs: 0.5,
  success: [
    { by: 'C_eval', difference: 0, low: -0.02, high: 0.02 },
    { by: 'ridge', difference: -0.01, low: -0.0299, high: 0.01 },
  ],
};
const FP32: MeasuredVariant = { precision: 'fp32', speed: [] };

function half(quality: VariantQuality): MeasuredVariant {
  return { precision: 'fp16', speed: [], quality };
}

function int8(quality: VariantQuality, cpu: number, wasm: number): MeasuredVariant {
  const speed = [
    { provider: 'cpu', medianMs: 4, ratio: cpu },
    { provider: 'wasm', medianMs: 20, ratio: wasm },
  ];
  return { precision: 'int8', speed, quality };
}

describe('which file suits which provider', () => {
  const assigned = (...variants: MeasuredVariant[]) =>
    Object.fromEntries(assignProviders([FP32, ...variants]));

  test('int8 where it is fast, fp16 for browsers, fp32 for GPUs of servers', () => {
    expect(assigned(half(SOUND), int8(SOUND, 1.3, 1.3))).toEqual({
      fp32: ['cuda'],
      fp16: ['webgpu'],
      int8: ['cpu', 'wasm'],
    });
    expect(assigned(half(SOUND), int8(SOUND, 1.29, 1.3))).toEqual({
      fp32: ['cuda', 'cpu'],
      fp16: ['webgpu'],
      int8: ['wasm'],
    });
  });

  test('int8 nowhere when it loses too much', () => {
    const [first, ...others] = SOUND.success;
    const losses: Partial<VariantQuality>[] = [
      { ssim: 0.9699 },
      { ssim: Number.NaN },
      { success: first === undefined ? [] : [{ ...first, low: -0.03 }, ...others] },
      { success: [] },
    ];
    for (const loss of losses) {
      expect(assigned(half(SOUND), int8({ ...SOUND, ...loss }, 2, 2))).toEqual({
        fp32: ['cuda', 'cpu'],
        fp16: ['wasm', 'webgpu'],
        int8: [],
      });
    }
  });

  test('fp32 alone when nothing else is sound', () => {
    const lost = { ...SOUND, ssim: 0.5 };
    expect(assigned(half(lost))).toEqual({ fp32: ['cuda', 'cpu', 'wasm', 'webgpu'], fp16: [] });
  });
});

test('speed is a ratio of runs in turn, which a machine that slows down does not change', async () => {
  // A clock that only the runners move; the machine is ten times slower from the middle on.
  const clock = { ms: 0, runs: 0 };
  const now = vi.spyOn(performance, 'now').mockImplementation(() => clock.ms);
  const runner = (ms: number): ModelRunner => ({
    run: async () => {
      clock.ms += clock.runs++ < 14 ? ms : 10 * ms;
      return {};
    },
  });
  try {
    const { ratio, medianMs, referenceMs } = await measureSpeed(runner(2), runner(3), {}, 9);
    expect(ratio).toBeCloseTo(1.5, 10);
    expect(medianMs).toBeCloseTo(20, 10);
    expect(referenceMs).toBeCloseTo(30, 10);
  } finally {
    now.mockRestore();
  }
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

test('the card shows each file, and what was measured and left out', () => {
  const files = [
    { ...FP32, path: 'model.onnx', bytes: 1000, suits: ['cuda', 'cpu'], tolerance: {} },
    { ...int8({ ...SOUND, ssim: 0.91 }, 1.5, 1.25), bytes: 300, suits: [], tolerance: {} },
  ];
  const [heading, text, table] = variantsSection(files);
  expect(heading).toBe('## Files');
  expect(text).toContain('the same 400 faces of splits 1+2');
  expect(table).toContain('| `model.onnx` | float32 | 1000 |  |  |  |  |  |  |  | cuda, cpu |');
  expect(table).toContain(
    '| not shipped | int8 | 300 | 4 (1.50) | 20 (1.25) | 0.91 | 0.5 | 9 | 0.0 (-2.0 to 2.0) | -1.0 (-3.0 to 1.0) |  |',
  );
  expect(variantsSection([])).toEqual([]);
});

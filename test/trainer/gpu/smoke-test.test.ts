import { beforeAll, describe, expect, test } from 'vitest';
import { gpuName } from '../../../trainer/gpu/name.ts';
import { largestDifference, type SmokeStep, smokeStep } from '../../../trainer/gpu/smoke-step.ts';
import { testGpu } from '../../../trainer/gpu/smoke-test.ts';
import { backends } from '../../support/backends.ts';

/** A child that runs a line of JavaScript in place of the smoke test. */
function child(code: string, timeoutMs = 20_000): Parameters<typeof testGpu>[0] {
  return { command: [process.execPath, '-e', code], timeoutMs };
}

function reporting(report: object): Parameters<typeof testGpu>[0] {
  return child(
    `console.log('TensorFlow talks'); console.log(${JSON.stringify(JSON.stringify(report))})`,
  );
}

const GOOD = { device: 'GPU NVIDIA L4, 23034 MiB', description: '', difference: 1e-4 };

describe('the smoke test', () => {
  test('names the GPU that passes', async () => {
    expect(await testGpu(reporting(GOOD))).toBe('GPU NVIDIA L4, 23034 MiB');
  });

  test.each([
    [
      'the CPU build',
      reporting({ ...GOOD, device: 'CPU', description: 'native TensorFlow 2.21.0 on the CPU' }),
      /--gpu needs .* this is native TensorFlow 2\.21\.0 on the CPU: .*setup:trainer -- --gpu/,
    ],
    [
      'wrong results',
      reporting({ ...GOOD, difference: 0.3 }),
      /differ from the CPU's by 0\.30 of their size, expected at most 0\.01/,
    ],
    ['no results', reporting({ ...GOOD, difference: null }), /expected at most 0\.01/],
    ['a crash', child('throw new Error("no libcudart")'), /crashed \(.*no libcudart\)/],
    ['a hang', child('for (;;);', 300), /did not end within 0\.3 s/],
  ])(
    'refuses %s in one line that says what to do',
    async (_, options, message) => {
      const refusal = await testGpu(options).catch((error: Error) => error.message);
      expect(refusal).toMatch(message);
      expect(refusal).toMatch(/or leave --gpu out$/);
      expect(refusal).not.toContain('\n');
    },
    30_000,
  );
});

describe('its step', () => {
  let expected: SmokeStep;

  beforeAll(async () => {
    expected = await smokeStep('cpu');
  });

  test('is the same on every backend', async () => {
    for (const backend of backends) {
      expect(largestDifference(await smokeStep(backend), expected)).toBeLessThan(1e-4);
    }
  });

  test('differs when one gradient is wrong or not a number', () => {
    const spoilt = (value: number): SmokeStep => ({
      ...expected,
      kernelGradient: expected.kernelGradient.map((old, i) => (i === 7 ? value : old)),
    });
    expect(largestDifference(spoilt(1), expected)).toBeGreaterThan(0.01);
    expect(largestDifference(spoilt(Number.NaN), expected)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the name of the GPU', () => {
  const list = 'NVIDIA L4, 23034 MiB\nNVIDIA A2, 15356 MiB\n';

  test('is the first visible one’s', () => {
    expect(gpuName(() => list, undefined)).toBe('GPU NVIDIA L4, 23034 MiB');
    expect(gpuName(() => list, '1,0')).toBe('GPU NVIDIA A2, 15356 MiB');
  });

  test('is plain where the driver does not tell', () => {
    const fail = (): string => {
      throw new Error('no nvidia-smi');
    };
    expect(gpuName(fail, undefined)).toBe('GPU');
    expect(gpuName(() => list, 'GPU-8a56')).toBe('GPU');
  });
});

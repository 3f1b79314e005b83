import { describe, expect, test } from 'vitest';
import { checkGolden } from '../../models/contract/golden.ts';
import type { ModelRunner } from '../../models/contract/tensor.ts';

const VALUES = [0.5, -3, 1000, 0.25];
const GOLDEN = {
  name: 'tiny',
  version: 3,
  golden: {
    input: { name: 'image', path: 'image.bin', dims: [1, 4], type: 'uint8' as const },
    outputs: [
      {
        output: 'residual',
        path: 'residual.bin',
        dims: [1, 4],
        type: 'float32' as const,
        tolerance: { cpu: { maxAbs: 0.5, meanAbs: 0.2 } },
      },
    ],
  },
};

const bytes = Buffer.alloc(16);
VALUES.forEach((value, i) => bytes.writeFloatLE(value, 4 * i));
const FILES: Record<string, Uint8Array> = {
  'image.bin': Uint8Array.of(1, 2, 3, 4),
  // As read from a pool: not aligned to four bytes.
  'residual.bin': Buffer.concat([Buffer.alloc(1), bytes]).subarray(1),
};
const readFile = async (path: string): Promise<Uint8Array> => FILES[path] ?? new Uint8Array();

function runnerOf(values: readonly number[], dims = [1, 4]): ModelRunner {
  return {
    async run({ image }) {
      expect([...(image?.data ?? [])]).toEqual([1, 2, 3, 4]);
      return { residual: { type: 'float32', dims, data: Float32Array.from(values) } };
    },
  };
}

describe('the golden check', () => {
  test('reports how far a sound model is off', async () => {
    const report = await checkGolden(runnerOf([0.75, -3, 1000, 0]), GOLDEN, readFile, 'cpu');
    expect(report).toEqual({
      provider: 'cpu',
      outputs: [{ output: 'residual', maxAbs: 0.25, meanAbs: 0.125 }],
    });
  });

  test.each([
    ['one value too far off', [0.5, -3, 1000.75, 0.25], /differs by 0.75 at most/],
    ['all values a little off', [0.8, -2.7, 1000.25, 0.5], /on average, allowed are 0.5 and 0.2/],
    ['not a number', [0.5, Number.NaN, 1000, 0.25], /differs by NaN at most/],
  ])('refuses %s', async (_, values, reason) => {
    await expect(checkGolden(runnerOf(values), GOLDEN, readFile, 'cpu')).rejects.toThrow(reason);
  });

  test('refuses other dims, a missing output, an unknown provider and a cut file', async () => {
    const sound = runnerOf(VALUES);
    await expect(checkGolden(runnerOf(VALUES, [4]), GOLDEN, readFile, 'cpu')).rejects.toThrow(
      /residual is float32 \[4\], its golden file has float32 \[1,4\]/,
    );
    const silent: ModelRunner = { run: async () => ({}) };
    await expect(checkGolden(silent, GOLDEN, readFile, 'cpu')).rejects.toThrow(/is missing/);
    await expect(checkGolden(sound, GOLDEN, readFile, 'quantum')).rejects.toThrow(
      /no tolerance for quantum, only for cpu/,
    );
    const cut = async (path: string) => (await readFile(path)).subarray(1);
    await expect(checkGolden(sound, GOLDEN, cut, 'cpu')).rejects.toThrow(/has 3 bytes/);
  });
});

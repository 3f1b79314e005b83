import { describe, expect, test } from 'vitest';
import { buildSmallGenerator } from '../../support/small-generator.ts';
import { type InferenceFigures, measureSetting, SHARINGS, speedRatio } from './measure.ts';
import { formatFigures, formatRatios, ratiosOf } from './report.ts';

/** Figures of a file that took an image these milliseconds in each round. */
function figures(name: string, elapsedMs: readonly number[]): InferenceFigures {
  const rounds = elapsedMs.map((ms) => ({ elapsedMs: ms, cpuMs: 2 * ms }));
  const msPerRun = { lower: 3, median: 4, upper: 5 };
  const sharing = 'one session';
  return { name, sharing, batch: 1, msPerRun, imagesPerS: 250, flopPerS: 125e9, rounds };
}

describe('measuring', () => {
  test.each(SHARINGS)('%s, two files, times every round of both', async (sharing) => {
    const model = buildSmallGenerator();
    const candidates = ['first', 'second'].map((name) => ({ name, model, flop: 1000 }));
    const options = { threads: 2, rounds: 3, blockMs: 5, height: 20, width: 16 };
    const measured = await measureSetting(candidates, { sharing, batch: 2 }, options);
    expect(measured.map(({ name }) => name)).toEqual(['first', 'second']);
    for (const { rounds, msPerRun, imagesPerS, flopPerS, batch } of measured) {
      expect(batch).toBe(2);
      expect(rounds).toHaveLength(3);
      for (const { elapsedMs } of rounds) expect(elapsedMs).toBeGreaterThan(0);
      const imagesPerRun = sharing === 'one session' ? 2 : 4;
      expect(imagesPerS).toBeCloseTo((1000 * imagesPerRun) / msPerRun.median, 6);
      expect(flopPerS).toBeCloseTo(1000 * imagesPerS, 3);
    }
  });

  test.each(SHARINGS)('%s fails when a file cannot be loaded', async (sharing) => {
    const candidates = [{ name: 'broken', model: Uint8Array.of(1, 2, 3), flop: 1 }];
    const options = { threads: 1, rounds: 1, blockMs: 1, height: 20, width: 16 };
    await expect(measureSetting(candidates, { sharing, batch: 1 }, options)).rejects.toThrow();
  });
});

describe('ratios', () => {
  test('are medians over rounds, each between neighbours', () => {
    const ours = figures('ours', [1, 10, 2]);
    const other = figures('other', [2, 20, 2]);
    expect(speedRatio(ours, other, 'elapsedMs')).toBe(2);
    expect(speedRatio(other, ours, 'cpuMs')).toBe(0.5);
    expect(() => speedRatio(ours, figures('short', [1]), 'cpuMs')).toThrow(/short.*round 1/);
  });

  test('are taken to every file of the goals that was measured', () => {
    const all = [figures('modern-s', [2]), figures('classic', [4]), figures('unknown', [1])];
    expect(ratiosOf(all)).toEqual([
      { other: 'classic', atLeast: 2.5, sharing: 'one session', batch: 1, ratio: 2, cpuRatio: 2 },
    ]);
    expect(ratiosOf(all.slice(1))).toEqual([]);
    expect(formatRatios(ratiosOf(all)).split('\n')).toEqual([
      'speed of modern-s over  setting      batch  ratio  of CPU time  goal          verdict',
      'classic                 one session  1      2.00   2.00         at least 2.5  missed',
    ]);
  });

  test('stand under a table of what was measured', () => {
    expect(formatFigures([figures('modern-s', [4])], 250e9).split('\n')).toEqual([
      'file      ms a run  quartiles   CPU ms an image  images/s  GFLOP/s  of the peak',
      'modern-s  4.0       3.0 to 5.0  8.00             250.0     125.0    50.0 %',
    ]);
  });
});

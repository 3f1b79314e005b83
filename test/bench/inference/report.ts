import { alignColumns } from '../../../trainer/columns.ts';
import { quartiles } from '../train/quartiles.ts';
import { CLASSIC, OURS, PEER, WITHOUT_NORMS } from './candidates.ts';
import { type InferenceFigures, type Setting, speedRatio } from './measure.ts';
import type { OperatorTime } from './profile.ts';

/** How fast `modern-s` has to be beside another file. */
export interface Goal {
  readonly other: string;
  readonly atLeast: number;
}

export const GOALS: readonly Goal[] = [
  { other: PEER, atLeast: 1 },
  { other: WITHOUT_NORMS, atLeast: 0.9 },
  { other: CLASSIC, atLeast: 2.5 },
];

/** The speed of `modern-s` over that of another file, in one setting. */
export interface Ratio extends Goal, Setting {
  readonly ratio: number;
  /** The same of the processor's time, which other processes disturb less. */
  readonly cpuRatio: number;
}

/** The ratios of a setting to every file of the goals that was measured there. */
export function ratiosOf(figures: readonly InferenceFigures[]): Ratio[] {
  const ours = figures.find(({ name }) => name === OURS);
  if (ours === undefined) return [];
  const { sharing, batch } = ours;
  return GOALS.flatMap((goal) => {
    const other = figures.find(({ name }) => name === goal.other);
    if (other === undefined) return [];
    const ratio = speedRatio(ours, other, 'elapsedMs');
    const cpuRatio = speedRatio(ours, other, 'cpuMs');
    return [{ ...goal, sharing, batch, ratio, cpuRatio }];
  });
}

/** The figures of one setting as a table for a terminal. */
export function formatFigures(figures: readonly InferenceFigures[], peakFlopPerS: number): string {
  return alignColumns([
    ['file', 'ms a run', 'quartiles', 'CPU ms an image', 'images/s', 'GFLOP/s', 'of the peak'],
    ...figures.map(({ name, msPerRun, rounds, imagesPerS, flopPerS }) => [
      name,
      msPerRun.median.toFixed(1),
      `${msPerRun.lower.toFixed(1)} to ${msPerRun.upper.toFixed(1)}`,
      quartiles(rounds.map(({ cpuMs }) => cpuMs)).median.toFixed(2),
      imagesPerS.toFixed(1),
      (flopPerS / 1e9).toFixed(1),
      `${((100 * flopPerS) / peakFlopPerS).toFixed(1)} %`,
    ]),
  ]);
}

/** All ratios beside their goals as a table for a terminal. */
export function formatRatios(ratios: readonly Ratio[]): string {
  return alignColumns([
    [`speed of ${OURS} over`, 'setting', 'batch', 'ratio', 'of CPU time', 'goal', 'verdict'],
    ...ratios.map(({ other, sharing, batch, ratio, cpuRatio, atLeast }) => [
      other,
      sharing,
      String(batch),
      ratio.toFixed(2),
      cpuRatio.toFixed(2),
      `at least ${atLeast}`,
      ratio >= atLeast ? 'reached' : 'missed',
    ]),
  ]);
}

/** What each operator takes in one run, as a table for a terminal. */
export function formatProfile(operators: readonly OperatorTime[]): string {
  return alignColumns([
    ['operator', 'nodes', 'ms', 'share'],
    ...operators.map(({ operator, nodes, ms, share }) => [
      operator,
      String(nodes),
      ms.toFixed(3),
      `${(100 * share).toFixed(1)} %`,
    ]),
  ]);
}

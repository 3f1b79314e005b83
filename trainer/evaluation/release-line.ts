import type { EvaluationRow } from '../../models/contract/manifest.ts';
import { groupVerdicts } from './group-verdicts.ts';
import { ALL, FIGURE, JUDGES, PIXELS, SUBJECT, selectRows } from './rows.ts';

/** The split that decides, and the one that serves for choices, on which models are held alone then. */
const TEST_SPLIT = '2';
const CHOICE_SPLIT = '1';

/** One condition that a released model must meet. */
export interface Condition {
  readonly condition: string;
  /** What the value must be, e.g. "at least 0.9". */
  readonly limit: string;
  /** Undefined when the rows lack the figure or what it is compared with. */
  readonly value: number | undefined;
  readonly verdict: 'pass' | 'fail' | 'not measured';
}

/** Holds the rows of one model against the release line, on split 1 where split 2 was not read. */
export function releaseLine(rows: readonly EvaluationRow[]): Condition[] {
  return [
    ...betterThanMeanShift(rows),
    ...Object.values(JUDGES).map((by) =>
      atLeast(`success of real by ${by}`, figureOf(rows, FIGURE.successOfReal, by)?.value, 0.9),
    ),
    atMost('faces left unchanged', figureOf(rows, FIGURE.unchanged, PIXELS)?.value, 0.03),
    atLeast('gap closed', figureOf(rows, FIGURE.gapClosed, JUDGES.network)?.value, 0.55),
    sharpness(rows),
    atLeast('R@1', figureOf(rows, FIGURE.retrieval, JUDGES.network)?.value, 0.95),
    atLeast('SSIM', figureOf(rows, FIGURE.ssim, PIXELS)?.value, 0.8),
    atMost('outside', figureOf(rows, FIGURE.outside, PIXELS)?.value, 0.035),
    atMost('flips', figureOf(rows, FIGURE.flips, JUDGES.network)?.value, 0.06),
    tone(rows),
    groups(rows),
    ...Object.values(JUDGES).map((by) => fullSize(rows, by)),
  ];
}

/** Whether every condition was measured and met. */
export function isReached(conditions: readonly Condition[]): boolean {
  return conditions.every(({ verdict }) => verdict === 'pass');
}

/** The mean shift applied once; applied twice it gains success and loses the rest. */
function betterThanMeanShift(rows: readonly EvaluationRow[]): Condition[] {
  const figures = [
    ...Object.values(JUDGES).map((by) => ({ figure: FIGURE.success, by, isHigherBetter: true })),
    { figure: FIGURE.gapClosed, by: JUDGES.network, isHigherBetter: true },
    { figure: FIGURE.swd, by: PIXELS, isHigherBetter: false },
  ];
  return figures.map(({ figure, by, isHigherBetter }) => {
    const shift = figureOf(rows, figure, by, SUBJECT.meanShift)?.value;
    const value = figureOf(rows, figure, by)?.value;
    const name = `${figure}${figure === FIGURE.success ? ` by ${by}` : ''} against the mean shift`;
    return compare(name, value, shift, isHigherBetter ? 'more than' : 'less than');
  });
}

/** As close to the texture of real targets as the untouched sources are. */
function sharpness(rows: readonly EvaluationRow[]): Condition {
  const input = figureOf(rows, FIGURE.swd, PIXELS, SUBJECT.nothing);
  const limit = input?.deviation === undefined ? undefined : input.value + 2 * input.deviation;
  const value = figureOf(rows, FIGURE.swd, PIXELS)?.value;
  return compare('SWD against the input, mean + 2 sd', value, limit, 'at most');
}

function tone(rows: readonly EvaluationRow[]): Condition {
  const shifts = selectRows(rows, { figure: FIGURE.lightness, of: SUBJECT.model })
    .filter(({ group }) => group.startsWith('race: '))
    .map(({ value }) => Math.abs(value));
  const largest = shifts.length === 0 ? undefined : Math.max(...shifts);
  return atMost('largest L* shift of a race group, either way', largest, 3);
}

function groups(rows: readonly EvaluationRow[]): Condition {
  const verdicts = groupVerdicts(rows);
  const failing = verdicts.filter(({ isFailing }) => isFailing).length;
  return atMost('failing groups', verdicts.length === 0 ? undefined : failing, 0);
}

function fullSize(rows: readonly EvaluationRow[], by: string): Condition {
  const crop = figureOf(rows, FIGURE.success, by)?.value;
  const full = figureOf(rows, FIGURE.success, by, SUBJECT.fullSize)?.value;
  const difference = crop === undefined || full === undefined ? undefined : Math.abs(full - crop);
  return atMost(`full-size success by ${by} against the crop's, either way`, difference, 0.05);
}

/** A figure over all faces of the split that decides. */
function figureOf(
  rows: readonly EvaluationRow[],
  figure: string,
  by: string,
  of: string = SUBJECT.model,
): EvaluationRow | undefined {
  const isTested = rows.some(({ splits }) => splits === TEST_SPLIT);
  const splits = isTested ? TEST_SPLIT : CHOICE_SPLIT;
  return selectRows(rows, { splits, group: ALL, figure, by, of })[0];
}

function atLeast(condition: string, value: number | undefined, limit: number): Condition {
  return compare(condition, value, limit, 'at least');
}

function atMost(condition: string, value: number | undefined, limit: number): Condition {
  return compare(condition, value, limit, 'at most');
}

const HOLDS = {
  'at least': (value: number, limit: number) => value >= limit,
  'more than': (value: number, limit: number) => value > limit,
  'at most': (value: number, limit: number) => value <= limit,
  'less than': (value: number, limit: number) => value < limit,
} as const;

function compare(
  condition: string,
  value: number | undefined,
  limit: number | undefined,
  comparison: keyof typeof HOLDS,
): Condition {
  if (value === undefined || limit === undefined) {
    return {
      condition,
      limit: `${comparison} ${limit ?? 'unknown'}`,
      value,
      verdict: 'not measured',
    };
  }
  const verdict = HOLDS[comparison](value, limit) ? 'pass' : 'fail';
  return { condition, limit: `${comparison} ${Number(limit.toFixed(3))}`, value, verdict };
}

import type { EvaluationRow } from '../../models/contract/manifest.ts';
import { groupVerdicts } from './group-verdicts.ts';
import { ALL, FIGURE, PIXELS, SUBJECT, selectRows } from './rows.ts';

/** A figure of one split, one cell for each subject of the table. */
export interface FigureLine {
  readonly figure: string;
  readonly by: string;
  readonly cells: readonly (EvaluationRow | undefined)[];
}

/** The figures of one split, what was measured side by side. */
export interface SplitTable {
  readonly splits: string;
  readonly subjects: readonly string[];
  readonly lines: readonly FigureLine[];
}

/** Sets the figures over all faces out by split, figures and subjects in their usual order. */
export function splitTables(rows: readonly EvaluationRow[]): SplitTable[] {
  const overall = rows.filter(({ group }) => group === ALL);
  return inOrder(overall, ({ splits }) => splits, []).map((splits) => {
    const members = selectRows(overall, { splits });
    const subjects = inOrder(members, ({ of }) => of, Object.values(SUBJECT));
    const figures = inOrder(members, ({ figure }) => figure, Object.values(FIGURE));
    const lines = figures.flatMap((figure) => {
      const same = selectRows(members, { figure });
      return inOrder(same, ({ by }) => by, []).map((by) => ({
        figure,
        by,
        cells: subjects.map((of) => selectRows(same, { by, of })[0]),
      }));
    });
    return { splits, subjects, lines };
  });
}

/** What is known about one group of faces. */
export interface GroupLine {
  readonly group: string;
  readonly faces: number;
  /** By column: success of each instrument with its interval and verdict, shifts of skin tone. */
  readonly cells: Readonly<Record<string, string>>;
}

/** Sets the figures of the model by group out, one line each. */
export function groupTable(rows: readonly EvaluationRow[]): GroupLine[] {
  const verdicts = groupVerdicts(rows);
  const grouped = rows.filter(({ group, of }) => group !== ALL && of === SUBJECT.model);
  return inOrder(grouped, ({ group }) => group, []).map((group) => {
    const members = selectRows(grouped, { group });
    const success = verdicts
      .filter((verdict) => verdict.group === group)
      .map((verdict): [string, string] => {
        const { low, high } = verdict.interval;
        const range = `${verdict.success.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
        return [`success by ${verdict.by}`, verdict.isFailing ? `${range} fails` : range];
      });
    const tone = selectRows(members, { by: PIXELS }).map(({ figure, value }): [string, string] => [
      figure,
      value.toFixed(2),
    ]);
    const accuracy = selectRows(rows, { group, figure: FIGURE.accuracy }).map(
      ({ by, value }): [string, string] => [`accuracy of ${by}`, value.toFixed(3)],
    );
    return {
      group,
      faces: members[0]?.faces ?? 0,
      cells: Object.fromEntries([...success, ...tone, ...accuracy]),
    };
  });
}

/** Different values of a field: those of `known` first and in its order, others as they come. */
function inOrder(
  rows: readonly EvaluationRow[],
  field: (row: EvaluationRow) => string,
  known: readonly string[],
): string[] {
  const found = new Set(rows.map(field));
  return [...known.filter((value) => found.has(value)), ...found].filter(
    (value, i, all) => all.indexOf(value) === i,
  );
}

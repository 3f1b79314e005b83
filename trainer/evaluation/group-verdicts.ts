import type { EvaluationRow } from '../../models/contract/manifest.ts';
import { type Interval, wilsonInterval } from './figures/wilson.ts';
import { ALL, FIGURE, SUBJECT, selectRows } from './rows.ts';

/** A group fails when its success lies this far below the mean, whatever the chance of sampling. */
const MAX_SHORTFALL = 0.1;

/** How one instrument sees the success in one group of faces. */
export interface GroupVerdict {
  readonly group: string;
  readonly by: string;
  readonly faces: number;
  readonly success: number;
  /** 95 % interval of the success. */
  readonly interval: Interval;
  readonly isFailing: boolean;
}

/** Compares each group's success with the mean over the same splits. */
export function groupVerdicts(rows: readonly EvaluationRow[]): GroupVerdict[] {
  const success = selectRows(rows, { figure: FIGURE.success, of: SUBJECT.model });
  return success
    .filter(({ group }) => group !== ALL)
    .map(({ group, by, faces, value, splits }) => {
      const interval = wilsonInterval(value, faces);
      const mean = pooledMean(
        success.filter((row) => row.group === ALL && row.by === by),
        splits.split('+'),
      );
      return {
        group,
        by,
        faces,
        success: value,
        interval,
        isFailing: interval.high < mean - MAX_SHORTFALL,
      };
    });
}

/** Mean over the faces of some splits; NaN when a manifest has groups without it. */
function pooledMean(rows: readonly EvaluationRow[], splits: readonly string[]): number {
  const pooled = rows.filter((row) => splits.includes(row.splits));
  const faces = pooled.reduce((sum, row) => sum + row.faces, 0);
  return pooled.reduce((sum, row) => sum + row.value * row.faces, 0) / faces;
}

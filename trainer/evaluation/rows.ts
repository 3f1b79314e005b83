import type { EvaluationRow } from '../../models/contract/manifest.ts';

/** Names of the figures, in the order in which tables show them. */
export const FIGURE = {
  accuracy: 'accuracy',
  success: 'success',
  successOfReal: 'success of real',
  gapClosed: 'gap closed',
  kid: 'KID-own',
  precision: 'precision',
  recall: 'recall',
  swd: 'SWD',
  swdHalf: 'SWD at half size',
  swdQuarter: 'SWD at quarter size',
  verification: 'verification AUC',
  identity: 'identity',
  retrieval: 'R@1',
  flips: 'flips',
  ssim: 'SSIM',
  outside: 'outside',
  change: 'mean change in grey levels',
  unchanged: 'unchanged',
  lightness: 'L* shift of skin',
  chroma: 'chroma shift of skin',
  seam: 'seam, mean',
  seamHigh: 'seam, 95th percentile',
  seamWorst: 'seam, worst',
  found: 'faces found',
} as const;

/** Names of what is measured, in the order in which tables show them. */
export const SUBJECT = {
  model: 'model',
  fullSize: 'full size',
  nothing: 'do nothing',
  meanShift: 'mean shift',
  meanShiftTwice: 'mean shift twice',
  nearest: 'nearest target',
  random: 'random target',
  meanFace: 'mean target face',
  realTargets: 'real targets',
  realFaces: 'real faces',
} as const;

/** In place of splits: photos that belong to no data set. */
export const PHOTOS = 'photos';

/** The two instruments that judge success. */
export const JUDGES = { network: 'C_eval', ridge: 'ridge' } as const;
/** What a figure is measured by when it needs no instrument. */
export const PIXELS = 'pixels';
/** The group of every face. */
export const ALL = 'all';

/** Rows that match in every named field. */
export function selectRows(
  rows: readonly EvaluationRow[],
  wanted: Partial<EvaluationRow>,
): EvaluationRow[] {
  const fields = Object.entries(wanted) as [keyof EvaluationRow, unknown][];
  return rows.filter((row) => fields.every(([field, value]) => row[field] === value));
}

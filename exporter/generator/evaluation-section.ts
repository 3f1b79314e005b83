import type { EvaluationRow } from '../../models/contract/manifest.ts';
import { C_EVAL, hashClassifierConfig } from '../../trainer/evaluation/instruments/classifier.ts';
import { isReached, releaseLine } from '../../trainer/evaluation/release-line.ts';
import {
  type GroupLine,
  groupTable,
  type SplitTable,
  splitTables,
} from '../../trainer/evaluation/tables.ts';
import { formatNumber, markdownTable } from '../markdown.ts';

/** The part of a model card that says how the model was measured and what came of it. */
export function evaluationSection(rows: readonly EvaluationRow[]): string[] {
  if (rows.length === 0) {
    return ['Not evaluated: nothing is known about how well this version works.'];
  }
  return [
    'Measured on the exported file with faces that training never saw. Split 1 served for choices, split 2 is the test. Rates of success, accuracy, flips and unchanged faces are shares from 0 to 1; ± is the standard deviation over 100 subsets of 200 faces (KID-own, gap closed) or 5 sets of projections (SWD).',
    `The instruments are C_eval, a small convolutional network (SHA-256 of its configuration ${hashClassifierConfig(C_EVAL)}), and a ridge regression on gradient histograms and colour. Both were trained on split 0 and took no part in the training of this model. KID-own, gap closed, precision, recall, identity and R@1 are taken in the whitened embedding of C_eval, identity and R@1 without the direction of the makeover. Identity is 0 for two sources and 1 for two views of one picture, shifted, mirrored and compressed, so that an untouched source lies above 1. KID-own can be compared only within this project.`,
    'Baselines need no network: the source as it is, the source plus the mean difference of the populations (once, twice), the target face of split 0 with the most similar colours in an 8x10 grid, any target face, the mean target face.',
    ...splitTables(rows).flatMap((table) => [`### Split ${table.splits}`, splitSection(table)]),
    ...groupSection(groupTable(rows)),
    ...lineSection(rows),
  ];
}

function splitSection({ subjects, lines }: SplitTable): string {
  return markdownTable(
    ['figure', 'by', ...subjects],
    lines.map(({ figure, by, cells }) => [
      figure,
      by,
      ...cells.map((cell) => {
        if (cell === undefined) return '';
        const value = formatNumber(cell.value);
        return cell.deviation === undefined ? value : `${value} ± ${formatNumber(cell.deviation)}`;
      }),
    ]),
  );
}

function groupSection(groups: readonly GroupLine[]): string[] {
  if (groups.length === 0) return [];
  const columns = Object.keys(groups[0]?.cells ?? {});
  return [
    '### Groups',
    'Of the sources of both splits, with the 95 % interval of success (Wilson). A group fails when the upper end lies more than 10 points below the mean: its users will see it.',
    markdownTable(
      ['group', 'faces', ...columns],
      groups.map(({ group, faces, cells }) => [
        group,
        faces,
        ...columns.map((column) => cells[column] ?? ''),
      ]),
    ),
  ];
}

function lineSection(rows: readonly EvaluationRow[]): string[] {
  const conditions = releaseLine(rows);
  const missed = conditions.filter(({ verdict }) => verdict !== 'pass').length;
  return [
    '### Release line',
    isReached(conditions)
      ? 'Every condition for a release is met on split 2.'
      : `${missed} of ${conditions.length} conditions for a release are not met, or not measured, on split 2.`,
    markdownTable(
      ['condition', 'limit', 'value', 'verdict'],
      conditions.map(({ condition, limit, value, verdict }) => [
        condition,
        limit,
        value === undefined ? '' : formatNumber(value),
        verdict,
      ]),
    ),
  ];
}

import type { EvaluationRow } from '../../models/contract/manifest.ts';
import { alignColumns } from '../columns.ts';
import type { Condition } from './release-line.ts';
import { PHOTOS } from './rows.ts';
import { type FigureLine, groupTable, type SplitTable, splitTables } from './tables.ts';

/** Lays everything that was measured out for a terminal. */
export function formatTables(rows: readonly EvaluationRow[]): string {
  const splits = splitTables(rows).map((table) => {
    const heading = table.splits === PHOTOS ? 'Photos' : `Split ${table.splits}`;
    return `${heading}\n${formatSplit(table)}`;
  });
  const groups = groupTable(rows);
  if (groups.length === 0) return splits.join('\n\n');
  const columns = Object.keys(groups[0]?.cells ?? {});
  const lines = groups.map(({ group, faces, cells }) => [
    group,
    String(faces),
    ...columns.map((column) => cells[column] ?? ''),
  ]);
  const table = alignColumns([['group', 'faces', ...columns], ...lines]);
  return [...splits, `Groups of the model's sources\n${table}`].join('\n\n');
}

/** Lays the release line out for a terminal. */
export function formatReleaseLine(conditions: readonly Condition[]): string {
  const lines = conditions.map(({ condition, limit, value, verdict }) => [
    condition,
    limit,
    formatValue(value),
    verdict,
  ]);
  return alignColumns([['release line', 'limit', 'value', 'verdict'], ...lines]);
}

/** A heading may take several lines, so that a column is as wide as its numbers. */
function formatSplit({ subjects, lines }: SplitTable): string {
  const words = subjects.map((subject) => subject.split(' '));
  const height = Math.max(...words.map(({ length }) => length));
  const heading = Array.from({ length: height }, (_, i) => [
    i === height - 1 ? 'figure' : '',
    i === height - 1 ? 'by' : '',
    ...words.map((parts) => parts[i - height + parts.length] ?? ''),
  ]);
  const body = lines.flatMap(({ figure, by, cells }) => {
    const values = [figure, by, ...cells.map((cell) => formatValue(cell?.value))];
    if (cells.every((cell) => cell?.deviation === undefined)) return [values];
    return [values, ['', 'sd', ...cells.map((cell) => formatValue(cell?.deviation))]];
  });
  const faces = ['faces', '', ...subjects.map((of) => String(facesOf(lines, of) ?? ''))];
  return alignColumns([...heading, faces, ...body]);
}

function facesOf(lines: readonly FigureLine[], of: string): number | undefined {
  return lines.flatMap(({ cells }) => cells).find((cell) => cell?.of === of)?.faces;
}

/** Small values, such as distances of near-equal sets, get a decimal more. */
function formatValue(value: number | undefined): string {
  if (value === undefined) return '';
  return value.toFixed(value !== 0 && Math.abs(value) < 0.1 ? 4 : 3);
}

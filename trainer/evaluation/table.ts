import type { EvaluationRow } from '../../models/contract/manifest.ts';

/** Lays rows out for a terminal, in the order given. */
export function formatTable(rows: readonly EvaluationRow[]): string {
  const cells = rows.map((row) => [
    row.splits,
    row.figure,
    row.of,
    row.by,
    row.group,
    String(row.faces),
    row.value.toFixed(3),
  ]);
  const table = [['split', 'figure', 'of', 'by', 'group', 'faces', 'value'], ...cells];
  const widths = (table[0] as string[]).map((_, column) =>
    Math.max(...table.map((line) => (line[column] as string).length)),
  );
  return table
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/**
 * Parses comma-separated values (RFC 4180): cells in quotes may hold commas, line breaks and doubled
 * quotes. Empty lines are left out.
 *
 * @throws Error that names the line of a quote that is not closed, or closed within a cell
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let line = 1;
  // A cell in quotes or one without, then what ends it.
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\r|\n|$)/y;
  const source = text.replace(/^\uFEFF/, '');
  while (cell.lastIndex < source.length || row.length > 0) {
    const match = cell.exec(source);
    if (match === null) {
      throw new Error(
        `line ${line}: a quote must open and close a whole cell, and be doubled in it`,
      );
    }
    const [whole, quoted, plain = '', end] = match;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += whole.split(/\r\n|\r|\n/).length - 1;
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '' || quoted !== undefined) rows.push(row);
    row = [];
  }
  return rows;
}

/** Writes rows as comma-separated values, one line each, with quotes where they are needed. */
export function formatCsv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(formatCell).join(',')}\n`).join('');
}

function formatCell(value: string | number, _: number, row: readonly unknown[]): string {
  const text = String(value);
  // A line with one empty cell would be an empty line.
  const needsQuotes = /[",\r\n]/.test(text) || (text === '' && row.length === 1);
  return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
}

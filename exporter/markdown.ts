/** A Markdown table; numbers are set flush right. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const isNumeric = header.map((_, i) => rows.every((row) => typeof row[i] === 'number'));
  return [
    tableLine(header),
    `|${isNumeric.map((right) => (right ? '---:' : '---')).join('|')}|`,
    ...rows.map(tableLine),
  ].join('\n');
}

function tableLine(cells: readonly (string | number)[]): string {
  const texts = cells.map((cell) =>
    typeof cell === 'number' ? formatNumber(cell) : escapeCell(cell),
  );
  return `| ${texts.join(' | ')} |`;
}

/** Four significant digits where there are decimals, e.g. 0.01234, 12.35 and 371675. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** A cell must not end its own column. */
function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}

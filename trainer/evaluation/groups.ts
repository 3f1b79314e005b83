import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Columns of `source.csv` whose values make the groups that results are reported for. */
const GROUP_COLUMNS = ['race', 'age'];

/**
 * Reads a data set's optional `source.csv`: the groups of each file, such as `race: Black`.
 * Without the file there are no groups; a face whose value is empty belongs to none.
 */
export async function readGroups(directory: string): Promise<Map<string, string[]>> {
  let text: string;
  try {
    text = await readFile(join(directory, 'source.csv'), 'utf8');
  } catch {
    return new Map();
  }
  const [header, ...lines] = text.split(/\r?\n/).filter((line) => line !== '');
  const columns = (header ?? '').split(',');
  const wanted = GROUP_COLUMNS.filter((column) => columns.includes(column));
  return new Map(
    lines.map((line): [string, string[]] => {
      const cells = line.split(',');
      const groups = wanted.flatMap((column) => {
        const value = cells[columns.indexOf(column)] ?? '';
        return value === '' ? [] : [`${column}: ${value}`];
      });
      return [cells[0] ?? '', groups];
    }),
  );
}

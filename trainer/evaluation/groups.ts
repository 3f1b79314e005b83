import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CelebaFolder } from '../data/celeba.ts';
import { parseCsv } from '../data/csv.ts';
import type { DataLocation } from '../data/folder-pair.ts';

const FILE_COLUMN = 'file';
const DEFAULT_COLUMNS: readonly string[] = ['race', 'age'];

/** A CSV file that says of each face which groups it is in. */
export interface GroupSource {
  /** Undefined: there are no groups. */
  readonly path: string | undefined;
  readonly columns: readonly string[];
  /** Whether a user named it: then the file and its columns must exist. */
  readonly isNamed: boolean;
}

/** A data set's own `source.csv`, if it has one, by race and age, where it has these columns. */
export function defaultGroups(data: DataLocation): GroupSource {
  const path = typeof data === 'string' ? join(data, 'source.csv') : undefined;
  return { path, columns: DEFAULT_COLUMNS, isNamed: false };
}

/** The file of `--groups` and the columns of `--group-columns`, or what a data set has itself. */
export function parseGroupFlags(
  flags: { readonly groups?: string | undefined; readonly 'group-columns'?: string | undefined },
  data: DataLocation,
): GroupSource {
  const standard = defaultGroups(data);
  const path = flags.groups === undefined ? standard.path : resolve(flags.groups);
  const columns = flags['group-columns']?.split(',').map((name) => name.trim());
  const isNamed = flags.groups !== undefined || columns !== undefined;
  return { path, columns: columns ?? DEFAULT_COLUMNS, isNamed };
}

/**
 * Reads the groups of each file, such as `race: Black`.
 *
 * @throws Error for a file that a user named and that cannot be read, lacks a column, or knows none
 * of the data set's faces
 */
export async function readGroups(
  { path, columns, isNamed }: GroupSource,
  { faces }: Pick<CelebaFolder, 'faces'>,
): Promise<Map<string, string[]>> {
  const text = await readSource(path, isNamed);
  if (path === undefined || text === undefined) return new Map();
  const [header = [], ...rows] = parseSource(text, path);
  const known = header.map((name) => name.trim());
  const file = requireColumn(known, FILE_COLUMN, path);
  const wanted = columns.filter((name) => isNamed || known.includes(name));
  const places = wanted.map((name) => requireColumn(known, name, path));
  const groups = new Map(
    rows.map((row): [string, string[]] => [
      row[file] ?? '',
      places.flatMap((place) => (row[place] ? [`${known[place]}: ${row[place]}`] : [])),
    ]),
  );
  if (isNamed && !faces.some((face) => groups.has(face.file))) {
    throw new Error(
      `${path} names no face of the data: its column ${FILE_COLUMN} must hold file names as in the attribute list, such as ${faces[0]?.file}`,
    );
  }
  return groups;
}

async function readSource(path: string | undefined, isNamed: boolean): Promise<string | undefined> {
  if (path === undefined) {
    if (isNamed) throw new Error('--group-columns needs --groups: two folders have no source.csv');
    return undefined;
  }
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (!isNamed) return undefined;
    throw new Error(`cannot read the groups in ${path}: ${(cause as Error).message}`, { cause });
  }
}

function parseSource(text: string, path: string): string[][] {
  try {
    return parseCsv(text);
  } catch (cause) {
    throw new Error(`${path} ${(cause as Error).message}`, { cause });
  }
}

function requireColumn(known: readonly string[], name: string, path: string): number {
  const place = known.indexOf(name);
  if (place >= 0) return place;
  throw new Error(`${path} has no column "${name}"; its columns are ${known.join(', ')}`);
}

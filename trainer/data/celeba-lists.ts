/** The text files of a data set in CelebA's layout. */

export const ATTRIBUTE_LIST = 'list_attr_celeba.txt';
export const PARTITION_LIST = 'list_eval_partition.txt';
export const IDENTITY_LIST = 'identity_CelebA.txt';

/** Heads of a column of file names, which some copies of the lists have. */
const FILE_COLUMN = /^(image_id|file|filename)$/i;

/**
 * Parses `list_attr_celeba.txt`: a count, which may be missing, the attribute names, then a file
 * name and 1 or -1 each.
 *
 * @throws Error that names the line that is not as CelebA's
 */
export function parseAttributes(text: string): {
  attributes: string[];
  rows: { file: string; has: boolean[] }[];
} {
  const lines = numberedLines(text);
  const count = /^\d+$/.test(lines[0]?.words.join(' ') ?? '')
    ? Number(lines[0]?.words[0])
    : undefined;
  const [header, ...rest] = count === undefined ? lines : lines.slice(1);
  const attributes = parseHeader(header?.words ?? []);
  const files = new Set<string>();
  const rows = rest.map(({ number, words }) => {
    const [file, ...values] = words;
    if (file === undefined || values.length !== attributes.length) {
      throw new Error(
        `${ATTRIBUTE_LIST} line ${number}: expected a file name and ${attributes.length} values, got ${values.length}`,
      );
    }
    if (files.has(file))
      throw new Error(`${ATTRIBUTE_LIST} line ${number}: ${file} is listed twice`);
    files.add(file);
    return { file, has: values.map((value) => parseValue(value, number)) };
  });
  if (count !== undefined && rows.length !== count) {
    throw new Error(
      `${ATTRIBUTE_LIST} announces ${count} pictures and lists ${rows.length}: correct its first line, or leave it out`,
    );
  }
  return { attributes, rows };
}

/** Parses `list_eval_partition.txt`: a file name and 0, 1 or 2 a line. */
export function parsePartition(text: string): Map<string, number> {
  return parsePairs(text, PARTITION_LIST, /^[012]$/, '0, 1 or 2', Number);
}

/** Parses `identity_CelebA.txt`: a file name and the number of the person a line. */
export function parseIdentities(text: string): Map<string, string> {
  return parsePairs(text, IDENTITY_LIST, /^\d+$/, "a person's number", String);
}

function parseHeader(words: readonly string[]): string[] {
  const attributes = FILE_COLUMN.test(words[0] ?? '') ? words.slice(1) : [...words];
  const isFace = attributes.slice(1).every((word) => /^-?[01]$/.test(word));
  if (attributes.length === 0 || (attributes.length > 1 && isFace)) {
    throw new Error(
      `${ATTRIBUTE_LIST} must start with the number of pictures and a line of attribute names`,
    );
  }
  const twice = attributes.find((name, i) => attributes.indexOf(name) !== i);
  if (twice === undefined) return attributes;
  throw new Error(`${ATTRIBUTE_LIST} names the attribute ${twice} twice`);
}

function parseValue(value: string, line: number): boolean {
  if (value === '1') return true;
  if (value === '-1' || value === '0') return false;
  throw new Error(`${ATTRIBUTE_LIST} line ${line}: expected 1 or -1, got "${value}"`);
}

function parsePairs<T>(
  text: string,
  list: string,
  pattern: RegExp,
  expected: string,
  convert: (value: string) => T,
): Map<string, T> {
  const pairs = new Map<string, T>();
  for (const { number, words } of numberedLines(text)) {
    const [file, value] = words;
    if (file === undefined || value === undefined || words.length > 2 || !pattern.test(value)) {
      throw new Error(
        `${list} line ${number}: expected a file name and ${expected}, got "${words.join(' ')}"`,
      );
    }
    pairs.set(file, convert(value));
  }
  return pairs;
}

interface Line {
  /** From 1 on. */
  readonly number: number;
  readonly words: readonly string[];
}

/** The lines that are not empty; a byte order mark is no part of the first. */
function numberedLines(text: string): Line[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .map((line, i) => ({ number: i + 1, words: line.split(/\s+/).filter(Boolean) }))
    .filter(({ words }) => words.length > 0);
}

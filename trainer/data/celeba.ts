import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A data set in the layout of CelebA, without its pictures. */
export interface CelebaFolder {
  readonly directory: string;
  readonly attributes: readonly string[];
  readonly faces: readonly CelebaFace[];
  /** SHA-256 over the attribute and partition files: names the data in configs and cards. */
  readonly sha256: string;
}

export interface CelebaFace {
  /** File name below `img_align_celeba/`. */
  readonly file: string;
  /** 0 train, 1 validation, 2 test. */
  readonly split: number;
  /** One value per attribute of the folder. */
  readonly has: readonly boolean[];
}

/**
 * Reads `list_attr_celeba.txt` and `list_eval_partition.txt`.
 *
 * @throws Error that names the file and line that is not as CelebA's
 */
export async function readCelebaFolder(directory: string): Promise<CelebaFolder> {
  const attributeText = await readList(directory, 'list_attr_celeba.txt');
  const partitionText = await readList(directory, 'list_eval_partition.txt');
  const splits = parsePartition(partitionText);
  const { attributes, rows } = parseAttributes(attributeText);
  const faces = rows.map(({ file, has }): CelebaFace => {
    const split = splits.get(file);
    if (split === undefined) {
      throw new Error(
        `list_eval_partition.txt has no line for ${file}, which list_attr_celeba.txt names`,
      );
    }
    return { file, split, has };
  });
  const sha256 = createHash('sha256').update(attributeText).update(partitionText).digest('hex');
  return { directory, attributes, faces, sha256 };
}

export function picturePath(folder: CelebaFolder, face: CelebaFace): string {
  return join(folder.directory, 'img_align_celeba', face.file);
}

/** Parses `list_attr_celeba.txt`: a count, the attribute names, then a file name and 1 or -1 each. */
export function parseAttributes(text: string): {
  attributes: string[];
  rows: { file: string; has: boolean[] }[];
} {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const count = Number(lines[0]);
  const attributes = words(lines[1] ?? '');
  if (!Number.isInteger(count) || attributes.length === 0) {
    throw new Error(
      'list_attr_celeba.txt must start with the number of pictures and a line of attribute names',
    );
  }
  const rows = lines.slice(2).map((line, i) => {
    const [file, ...values] = words(line);
    if (file === undefined || values.length !== attributes.length) {
      throw new Error(
        `list_attr_celeba.txt line ${i + 3}: expected a file name and ${attributes.length} values, got ${values.length}`,
      );
    }
    return { file, has: values.map((value) => parseValue(value, i + 3)) };
  });
  if (rows.length !== count) {
    throw new Error(`list_attr_celeba.txt announces ${count} pictures and lists ${rows.length}`);
  }
  return { attributes, rows };
}

function parseValue(value: string, line: number): boolean {
  if (value === '1') return true;
  if (value === '-1' || value === '0') return false;
  throw new Error(`list_attr_celeba.txt line ${line}: expected 1 or -1, got "${value}"`);
}

function parsePartition(text: string): Map<string, number> {
  const splits = new Map<string, number>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const [file, split] = words(line);
    if (file === undefined || split === undefined || !/^[012]$/.test(split)) {
      throw new Error(
        `list_eval_partition.txt line ${i + 1}: expected a file name and 0, 1 or 2, got "${line}"`,
      );
    }
    splits.set(file, Number(split));
  }
  return splits;
}

async function readList(directory: string, name: string): Promise<string> {
  try {
    return await readFile(join(directory, name), 'utf8');
  } catch (cause) {
    throw new Error(
      `cannot read ${name} in ${directory}: a CelebA folder holds img_align_celeba/, list_attr_celeba.txt and list_eval_partition.txt`,
      { cause },
    );
  }
}

function words(line: string): string[] {
  return line.trim().split(/\s+/).filter(Boolean);
}

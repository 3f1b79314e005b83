import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ATTRIBUTE_LIST,
  IDENTITY_LIST,
  PARTITION_LIST,
  parseAttributes,
  parseIdentities,
  parsePartition,
} from './celeba-lists.ts';
import { hashSplit, separateIdentities } from './splits.ts';

/** The folder of a data set that holds its pictures. */
export const PICTURE_FOLDER = 'img_align_celeba';

/** A data set with attributes, without its pictures. */
export interface CelebaFolder {
  readonly attributes: readonly string[];
  readonly faces: readonly CelebaFace[];
  /** SHA-256 over the lists: names the data in configs and cards. */
  readonly sha256: string;
  /** What its user should know, a sentence each. */
  readonly warnings: readonly string[];
  /** Where the picture of a face lies. */
  picturePath(file: string): string;
}

export interface CelebaFace {
  /** File name below the folder of pictures. */
  readonly file: string;
  /** 0 train, 1 validation, 2 test. */
  readonly split: number;
  /** One value per attribute of the folder. */
  readonly has: readonly boolean[];
}

/**
 * Reads `list_attr_celeba.txt`, `list_eval_partition.txt` and, if there is one,
 * `identity_CelebA.txt`. Without a partition, faces are split 80/10/10 by the hash of the person
 * or else of the file name. No person stays in two splits.
 *
 * @throws Error that names the file and line that is not as CelebA's
 */
export async function readCelebaFolder(directory: string): Promise<CelebaFolder> {
  const attributeText = await readList(directory, ATTRIBUTE_LIST);
  if (attributeText === undefined) {
    throw new Error(
      `${directory} has no ${ATTRIBUTE_LIST}: a CelebA folder holds ${PICTURE_FOLDER}/, ${ATTRIBUTE_LIST} and, if there is one, ${PARTITION_LIST}`,
    );
  }
  const partitionText = await readList(directory, PARTITION_LIST);
  const identityText = await readList(directory, IDENTITY_LIST);
  const { attributes, rows } = parseAttributes(attributeText);
  const files = rows.map(({ file }) => file);
  const identities = parseIdentities(identityText ?? '');
  const given =
    partitionText === undefined
      ? new Map(files.map((file) => [file, hashSplit(identities.get(file) ?? file)]))
      : listedSplits(files, parsePartition(partitionText));
  const { splits, divided, moved } = separateIdentities(given, identities);
  const warning = `${PARTITION_LIST} puts ${divided} persons of ${IDENTITY_LIST} into several splits: ${moved} faces are moved to the split of most of the person's faces`;
  const hash = createHash('sha256').update(attributeText);
  for (const text of [partitionText, identityText]) if (text !== undefined) hash.update(text);
  return {
    attributes,
    faces: rows.map(({ file, has }) => ({ file, has, split: splits.get(file) ?? 0 })),
    sha256: hash.digest('hex'),
    warnings: divided > 0 ? [warning] : [],
    picturePath: (file) => join(directory, PICTURE_FOLDER, file),
  };
}

/** The text of a list, undefined when the folder has none. */
export async function readList(directory: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(directory, name), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`cannot read ${join(directory, name)}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** A partition may name more files than a subset has. */
function listedSplits(
  files: readonly string[],
  partition: ReadonlyMap<string, number>,
): Map<string, number> {
  return new Map(
    files.map((file) => {
      const split = partition.get(file);
      if (split !== undefined) return [file, split];
      throw new Error(
        `${PARTITION_LIST} has no line for ${file}, which ${ATTRIBUTE_LIST} names: add it, or remove the list for a split by hash`,
      );
    }),
  );
}

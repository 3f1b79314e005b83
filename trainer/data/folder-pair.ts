import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type CelebaFolder, PICTURE_FOLDER, readCelebaFolder, readList } from './celeba.ts';
import { PARTITION_LIST, parsePartition } from './celeba-lists.ts';
import type { Selection } from './populations.ts';
import { hashSplit } from './splits.ts';

/** Two folders of aligned faces: what is made over, and what it shall look like. */
export interface FolderPair {
  readonly source: string;
  readonly target: string;
}

/** A data set in CelebA's layout, or two folders without attributes. */
export type DataLocation = string | FolderPair;

/** The only attribute of two folders: true for faces of the target folder. */
const TARGET = 'Target';

/** Both folders as targets of one network, which learns both directions. */
export const PAIR_SELECTION: Selection = {
  faces: '',
  targets: { target: TARGET, source: `!${TARGET}` },
};

/** From the source folder to the target folder only. */
export const PAIR_DIRECTION: Selection = {
  faces: '',
  sources: `!${TARGET}`,
  targets: { target: TARGET },
};

const PICTURE = /\.(jpe?g|png|webp)$/i;

/**
 * The two folders of `--source DIR --target DIR`.
 *
 * @throws Error for flags that belong to a data set with attributes
 */
export function parseFolderPair(flags: {
  readonly source: string;
  readonly target: readonly string[];
  readonly data: string | undefined;
  readonly faces: string;
}): FolderPair {
  if (flags.data !== undefined || flags.faces !== '') {
    throw new Error('--source names a folder without attributes: leave out --data and --faces');
  }
  const [target, ...others] = flags.target;
  if (target === undefined || others.length > 0) {
    throw new Error('--source DIR needs one --target DIR, a folder of aligned faces too');
  }
  return { source: resolve(flags.source), target: resolve(target) };
}

/** Reads the faces and attributes of a data set. Throws an Error for one that cannot be read. */
export function readData(data: DataLocation): Promise<CelebaFolder> {
  if (typeof data === 'string') return readCelebaFolder(data);
  return readFolderPair(data.source, data.target);
}

/**
 * Reads two folders of aligned frames as one data set with the attribute `Target`. Each folder
 * holds pictures, or is in CelebA's layout; its partition is then kept. Other faces are split
 * 80/10/10 by the hash of their file name, so that pictures of one name share a split.
 *
 * @throws Error when a folder cannot be read or holds no pictures
 */
export async function readFolderPair(sourceDir: string, targetDir: string): Promise<CelebaFolder> {
  if (sourceDir === targetDir) {
    throw new Error(`source and target are the same folder, ${sourceDir}: name two`);
  }
  const folders = {
    source: await readPictureFolder(sourceDir),
    target: await readPictureFolder(targetDir),
  };
  const faces = (['source', 'target'] as const).flatMap((name) =>
    [...folders[name].splits].map(([file, split]) => ({
      file: `${name}/${file}`,
      split,
      has: [name === 'target'],
    })),
  );
  const lines = faces.map(({ file, split }) => `${file} ${split}\n`);
  return {
    attributes: [TARGET],
    faces,
    sha256: createHash('sha256').update(lines.join('')).digest('hex'),
    warnings: [],
    picturePath: (file) => {
      const { directory } = file.startsWith('source/') ? folders.source : folders.target;
      return join(directory, file.slice(file.indexOf('/') + 1));
    },
  };
}

interface PictureFolder {
  readonly directory: string;
  /** By file name, sorted. */
  readonly splits: ReadonlyMap<string, number>;
}

async function readPictureFolder(folder: string): Promise<PictureFolder> {
  const names = await listFolder(folder);
  const directory = names.includes(PICTURE_FOLDER) ? join(folder, PICTURE_FOLDER) : folder;
  const pictures = (directory === folder ? names : await listFolder(directory)).filter((name) =>
    PICTURE.test(name),
  );
  if (pictures.length === 0) {
    throw new Error(
      `${directory} holds no pictures: name a folder of aligned JPEG, PNG or WebP frames, such as npm run align makes from photos`,
    );
  }
  const partition = parsePartition((await readList(folder, PARTITION_LIST)) ?? '');
  const splits = pictures
    .sort()
    .map((name): [string, number] => [name, partition.get(name) ?? hashSplit(name)]);
  return { directory, splits: new Map(splits) };
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw new Error(`cannot read the folder ${folder}: ${(cause as Error).message}`, { cause });
  }
}

import type { Stats } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { ConfigError } from '../config.ts';
import { globPattern, isGlob, splitGlob } from './glob.ts';

/** A photo's file, or at least a file that is taken for one. */
export interface InputFile {
  readonly path: string;
  /** Below the folder of the run, with `/`; the result has the same place below OUT. */
  readonly name: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** Where a run's photos are looked for. */
export interface InputPlace {
  readonly folder: string;
  /** Whether a file of the folder, by its name, is meant. */
  readonly matches: (name: string) => boolean;
  /** Where results go; what lies there is no input. */
  readonly outFolder: string;
}

const PHOTO_NAME = /\.(jpe?g|png|webp|avif|heic|heif)$/i;

/**
 * Finds out what IN means: a folder, whose photos are meant, or one file, or a pattern.
 *
 * @throws ConfigError when there is no such thing, or results would land among the photos
 */
export async function locateInputs(input: string, outFolder: string): Promise<InputPlace> {
  const found = await statOf(input);
  const place = found === undefined ? placeOfGlob(input) : placeOf(input, found);
  const folder = await realFolder(place.folder);
  const out = await realFolder(outFolder);
  if (isWithin(folder, out)) {
    throw new ConfigError(
      `results in ${outFolder} could overwrite the photos of ${input}: name a folder for OUT that ` +
        'does not hold them',
    );
  }
  return { folder, matches: place.matches, outFolder: out };
}

function placeOf(input: string, found: Stats): Pick<InputPlace, 'folder' | 'matches'> {
  if (found.isDirectory()) return { folder: input, matches: (name) => PHOTO_NAME.test(name) };
  const only = basename(input);
  return { folder: dirname(input), matches: (name) => name === only };
}

function placeOfGlob(input: string): Pick<InputPlace, 'folder' | 'matches'> {
  if (!isGlob(input)) {
    throw new ConfigError(
      `${input} is not there: name a folder, a file, or a pattern in quotes such as 'in/**/*.jpg'`,
    );
  }
  const { folder, pattern } = splitGlob(input);
  try {
    const expression = globPattern(pattern);
    return { folder, matches: (name) => expression.test(name) };
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * The files that are there now, by name. Hidden files and folders are left out, links to folders
 * are not followed.
 *
 * @throws ConfigError when the folder cannot be read
 */
export async function listInputs(place: InputPlace): Promise<InputFile[]> {
  const files: InputFile[] = [];
  const folders = [place.folder];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of await openFolder(folder)) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) {
        if (path !== place.outFolder) folders.push(path);
        continue;
      }
      const name = relative(place.folder, path).split(sep).join('/');
      if (!place.matches(name)) continue;
      const found = await statOf(path);
      if (!found?.isFile()) continue;
      files.push({ path, name, bytes: found.size, modifiedMs: found.mtimeMs });
    }
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function openFolder(folder: string) {
  try {
    return await opendir(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${folder} cannot be read (${reason}): check its permissions`);
  }
}

/** Undefined for what is not there, such as a link whose target has gone. */
async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch {
    return undefined;
  }
}

/** The folder's path without links; of one that is not there yet, as far as it is. */
async function realFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  try {
    return await realpath(path);
  } catch {
    return dirname(path) === path ? path : join(await realFolder(dirname(path)), basename(path));
  }
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && resolve(way) !== way);
}

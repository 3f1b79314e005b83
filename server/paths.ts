import { existsSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's top folder, from a source file or from its compiled copy under dist. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('the server lies in no deep-makeover package');
    folder = parent;
  }
  return folder;
}

/** Where an entry file of ours lies, and the Node options that start it. */
export interface Entry {
  readonly file: string;
  readonly execArgv: readonly string[];
}

/**
 * The entry file of another process: compiled when we are, else a source, which Node 20 reads
 * through tsx only.
 *
 * @param name path without its extension, relative to the server's folder
 */
export function locateEntry(name: string): Entry {
  const extension = extname(import.meta.url);
  return {
    file: fileURLToPath(new URL(`${name}${extension}`, import.meta.url)),
    execArgv: extension === '.ts' ? ['--import', 'tsx'] : [],
  };
}

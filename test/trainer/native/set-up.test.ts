import { cp, mkdtemp, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cacheDirectory } from '../../../trainer/cache.ts';
import { entryName, isComplete, makeEntry } from '../../../trainer/native/entry.ts';
import { chooseLibrary } from '../../../trainer/native/library.ts';
import { ADDON_PATH, packageDirectory, packageVersion } from '../../../trainer/native/package.ts';
import { type SetUpOptions, setUp } from '../../../trainer/native/set-up.ts';
import { TENSORFLOW_VERSION } from '../../../trainer/native/wheel.ts';
import { isRequired } from '../../support/requirements.ts';

const installed = packageDirectory();
const version = packageVersion(installed);
const entry = join(
  cacheDirectory(),
  entryName(`tensorflow-${TENSORFLOW_VERSION}-cpu`, process.arch, version),
);
const isCached = await isComplete(entry);
if (!isCached) console.log('npm run setup:trainer has not been run: its own tests are skipped');

/** The package as npm ci leaves it: with sources, without addon or library. */
async function freshPackage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'package-'));
  for (const name of ['package.json', 'binding.gyp', 'binding']) {
    await cp(join(installed, name), join(folder, name), { recursive: true });
  }
  return folder;
}

interface Attempt {
  readonly options: SetUpOptions;
  readonly lines: string[];
}

async function attempt(changes: Partial<SetUpOptions>): Promise<Attempt> {
  const lines: string[] = [];
  const options: SetUpOptions = {
    device: 'cpu',
    libraryDirectory: undefined,
    packageDirectory: await freshPackage(),
    cacheDirectory: cacheDirectory(),
    report: (line) => lines.push(line),
    ...changes,
  };
  return { options, lines };
}

describe.runIf(isCached || isRequired('native'))('native TensorFlow', () => {
  test('comes back from the cache after npm ci, and stays', async () => {
    const { options, lines } = await attempt({});
    expect(await setUp(options)).toBe(TENSORFLOW_VERSION);
    expect(await setUp(options)).toBe(TENSORFLOW_VERSION);
    expect(lines).toEqual([]);
    expect(await readlink(join(options.packageDirectory, 'lib'))).toBe(join(entry, 'lib'));
  });
});

// A compilation takes longer than all other tests of this folder together.
describe.runIf(isRequired('native'))('the addon', () => {
  test('is built with local libraries, in the place of a cached addon that does not load', async () => {
    const libraryDirectory = join(entry, 'tensorflow');
    const cache = await mkdtemp(join(tmpdir(), 'cache-'));
    const { options, lines } = await attempt({ libraryDirectory, cacheDirectory: cache });
    const { id } = await chooseLibrary('cpu', libraryDirectory);
    const broken = join(cache, entryName(id, process.arch, version));
    await makeEntry(broken, [ADDON_PATH], async (directory) => {
      await cp(join(installed, 'package.json'), join(directory, ADDON_PATH));
    });
    expect(await setUp(options)).toBe(TENSORFLOW_VERSION);
    expect(lines[0]).toContain('does not load');
    expect(lines.at(-1)).toMatch(/^compiling the addon: done in \d+ s$/);
  }, 120_000);
});

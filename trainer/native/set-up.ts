import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { compileAddon, loadAddon } from './addon.ts';
import { discardEntry, entryName, isComplete, makeEntry } from './entry.ts';
import { chooseLibrary, type Device, LIBRARIES, type Library } from './library.ts';
import { linkPackage } from './link.ts';
import { ADDON_PATH, packageVersion } from './package.ts';
import { type Report, withProgress } from './progress.ts';
import { BUILD_TOOLS, checkTools, DOWNLOAD_TOOLS } from './tools.ts';
import { downloadWheel, extractWheel, TENSORFLOW_VERSION } from './wheel.ts';

export interface SetUpOptions {
  readonly device: Device;
  /** A folder with TensorFlow's libraries, to use instead of a downloaded wheel. */
  readonly libraryDirectory: string | undefined;
  /** The package that gets the addon. */
  readonly packageDirectory: string;
  /** Where builds are kept between installations. */
  readonly cacheDirectory: string;
  readonly report: Report;
}

/**
 * Gives the package its addon, from the user's cache or, the first time, built against a TensorFlow
 * library. Returns TensorFlow's version, as told by the loaded library.
 *
 * @throws Error naming what is missing or what failed
 */
export async function setUp(options: SetUpOptions): Promise<string> {
  const { packageDirectory, report } = options;
  const library = await chooseLibrary(options.device, options.libraryDirectory);
  const name = entryName(library.id, process.arch, packageVersion(packageDirectory));
  const entry = resolve(options.cacheDirectory, name);
  if (await isComplete(entry)) {
    try {
      return await link(packageDirectory, entry);
    } catch (error) {
      report(`${(error as Error).message}\nbuilding it anew`);
      await discardEntry(entry);
    }
  }
  checkTools(
    library.kind === 'wheel' ? [...BUILD_TOOLS, ...DOWNLOAD_TOOLS] : BUILD_TOOLS,
    process.env,
  );
  await makeEntry(
    entry,
    [ADDON_PATH, ...LIBRARIES.map((file) => join('deps', 'lib', file))],
    (to) => build(library, packageDirectory, to, report),
  );
  return link(packageDirectory, entry);
}

async function link(packageDirectory: string, entry: string): Promise<string> {
  await linkPackage(packageDirectory, entry);
  return loadAddon(join(packageDirectory, ADDON_PATH));
}

/** Fills a cache entry: `lib/` with the addon, `deps/lib` leading to TensorFlow's libraries. */
async function build(
  library: Library,
  packageDirectory: string,
  directory: string,
  report: Report,
): Promise<void> {
  if (library.kind === 'wheel') {
    const { wheel } = library;
    const title = `${wheel.project} ${TENSORFLOW_VERSION}`;
    const path = await withProgress(`downloading ${title} (hundreds of MB)`, report, () =>
      downloadWheel(wheel, directory),
    );
    await withProgress(`extracting ${title}`, report, () => extractWheel(path, directory));
    await rm(dirname(path), { recursive: true });
  }
  await mkdir(join(directory, 'deps'));
  // Relative, since the entry is renamed when it is complete.
  const target = library.kind === 'wheel' ? join('..', 'tensorflow') : library.directory;
  await symlink(target, join(directory, 'deps', 'lib'));
  await withProgress('compiling the addon', report, () =>
    compileAddon(packageDirectory, join(directory, 'deps', 'lib'), directory),
  );
}

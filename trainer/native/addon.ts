import { existsSync } from 'node:fs';
import { cp, mkdir, realpath, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { LIBRARIES } from './library.ts';
import { ADDON_FOLDER } from './package.ts';
import { runProgram } from './program.ts';

const LOAD_TIMEOUT_MS = 60_000;
const LOAD = `
try {
  process.stdout.write(require(process.argv[1]).TF_Version);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
`;

/**
 * Compiles the package's addon against TensorFlow's libraries and headers, in a copy of its sources
 * so that the package itself stays as it is until the addon is known to load.
 *
 * @param library folder with the libraries and `include/`
 * @param directory gets `lib/napi-v8/tfjs_binding.node`
 * @throws Error with the compiler's last lines
 */
export async function compileAddon(
  packageDirectory: string,
  library: string,
  directory: string,
): Promise<void> {
  const build = join(directory, 'build');
  const libraries = join(build, 'deps', 'lib');
  await mkdir(libraries, { recursive: true });
  for (const name of ['binding', 'binding.gyp']) {
    await cp(join(packageDirectory, name), join(build, name), { recursive: true });
  }
  await symlink(join(library, 'include'), join(build, 'deps', 'include'));
  const [main, framework] = LIBRARIES;
  // The linker looks for these names; the addon then asks for the libraries by their own.
  await symlink(join(library, main), join(libraries, 'libtensorflow.so'));
  await symlink(join(library, framework), join(libraries, 'libtensorflow_framework.so'));
  for (const name of LIBRARIES) await symlink(join(library, name), join(libraries, name));

  const addonFolder = join(directory, ADDON_FOLDER);
  const args = [await nodeGypPath(), 'rebuild', '--napi_build_version=8'];
  args.push('--module_name=tfjs_binding', `--module_path=${addonFolder}`);
  args.push(`--module=${join(addonFolder, 'tfjs_binding.node')}`);
  const headers = await nodeHeadersPrefix();
  if (headers !== undefined) args.push(`--nodedir=${headers}`);
  await runProgram(process.execPath, args, { directory: build });
  await rm(build, { recursive: true });
}

/**
 * Loads an addon in a process of its own, since a broken library can end the process. Returns
 * TensorFlow's version.
 *
 * @throws Error with what the loader says
 */
export async function loadAddon(path: string): Promise<string> {
  try {
    return await runProgram(process.execPath, ['-e', LOAD, path], {
      environment: { TF_CPP_MIN_LOG_LEVEL: '2' },
      timeoutMs: LOAD_TIMEOUT_MS,
    });
  } catch (cause) {
    throw new Error(`${path} does not load: ${(cause as Error).message}`, { cause });
  }
}

/** node-gyp is part of npm; some Linux distributions keep it beside npm instead. */
async function nodeGypPath(): Promise<string> {
  for (const npm of await npmPaths()) {
    try {
      return createRequire(npm).resolve('node-gyp/bin/node-gyp.js');
    } catch {
      // Try the next npm.
    }
  }
  throw new Error(
    'node-gyp was not found in any npm: install npm with Node, or the node-gyp package',
  );
}

/** Files of the npm that runs us, the one installed with this Node, and those on the path. */
async function npmPaths(): Promise<string[]> {
  const prefix = dirname(dirname(await realpath(process.execPath)));
  const candidates = [
    process.env['npm_execpath'] ?? '',
    join(prefix, 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    ...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'npm')),
  ];
  return Promise.all(candidates.filter((path) => existsSync(path)).map((path) => realpath(path)));
}

/** Where Node's own headers lie beside it, so that node-gyp need not download them. */
async function nodeHeadersPrefix(): Promise<string | undefined> {
  const prefix = dirname(dirname(await realpath(process.execPath)));
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? prefix : undefined;
}

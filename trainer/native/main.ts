import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { cacheDirectory } from '../cache.ts';
import type { Device } from './library.ts';
import { setUpOfficial } from './official.ts';
import { packageDirectory } from './package.ts';
import { setUp } from './set-up.ts';
import { TENSORFLOW_VERSION } from './wheel.ts';

const HELP = `Usage: npm run setup:trainer -- [options]

Gives the trainer native TensorFlow ${TENSORFLOW_VERSION}: downloads its pip wheel, compiles the addon that joins it
to tf.js and keeps both in deep-makeover/ of the user's cache folder. Run it again after npm ci; that takes a second.
Needs g++, make, python3 and pip the first time, no Python afterwards.

  --gpu [DIR]   the CUDA build of TensorFlow, or TensorFlow's libraries in DIR (libtensorflow_cc.so.2,
                libtensorflow_framework.so.2 and include/). Training on it also needs NVIDIA's driver and the
                libraries of CUDA 12.5 and cuDNN 9.3 or newer, their folders in LD_LIBRARY_PATH
  --official    the older library and addon that tf.js's own install script downloads; with --gpu its CUDA 11.2 build
  --help        this text
`;

interface SetUpRequest {
  readonly help: boolean;
  readonly official: boolean;
  readonly device: Device;
  readonly libraryDirectory: string | undefined;
}

/** Sets native TensorFlow up for the trainer. Returns the process's exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let request: SetUpRequest;
  try {
    request = parseRequest(args);
  } catch (error) {
    console.error(
      `setup:trainer: ${(error as Error).message}\nTry: npm run setup:trainer -- --help`,
    );
    return 2;
  }
  if (request.help) {
    console.log(HELP);
    return 0;
  }
  try {
    const version = await run(request);
    console.log(`native TensorFlow ${version} is ready`);
    return 0;
  } catch (error) {
    console.error(
      `setup:trainer: ${(error as Error).message}\nUntil this works, the trainer runs on pure JavaScript, which is far slower.`,
    );
    return 1;
  }
}

function run({ official, device, libraryDirectory }: SetUpRequest): Promise<string> {
  const directory = packageDirectory();
  if (official) return setUpOfficial(directory, device, console.log);
  return setUp({
    device,
    libraryDirectory,
    packageDirectory: directory,
    cacheDirectory: cacheDirectory(),
    report: console.log,
  });
}

function parseRequest(args: readonly string[]): SetUpRequest {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      official: { type: 'boolean', default: false },
      gpu: { type: 'boolean', default: false },
    },
  });
  const [directory, ...others] = positionals;
  if (directory !== undefined && (!values.gpu || values.official || others.length > 0)) {
    throw new Error(`unexpected "${positionals.join(' ')}": only --gpu takes a folder, and one`);
  }
  return {
    help: values.help,
    official: values.official,
    device: values.gpu ? 'gpu' : 'cpu',
    libraryDirectory: directory === undefined ? undefined : resolve(directory),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}

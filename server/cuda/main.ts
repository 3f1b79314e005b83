import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError } from '../config.ts';
import { loadModels } from '../models/model-set.ts';
import { ModelRegistry } from '../models/registry.ts';
import { scanRepository } from '../models/repository.ts';
import { packageFolder } from '../paths.ts';
import { isUsageError } from '../usage-error.ts';
import { installLibraries } from './install.ts';
import { findCudaLibraries, runtimeFolder } from './libraries.ts';
import { KNOWN_BUILDS } from './pins.ts';
import { downloadWheel, findLibraries, runOfficialScript } from './sources.ts';

const HELP = `Usage: npm run setup:cuda -- [SOURCE] [options]

Gives ONNX Runtime its CUDA libraries, checks their hashes, and tries the models on the GPU.
Run it again after npm ci. NVIDIA's driver, CUDA and cuDNN 9 are yours to install.

  SOURCE         a folder or archive (.whl, .nupkg, .zip, .tgz) with libonnxruntime_providers_cuda.so
                 and libonnxruntime_providers_shared.so; without it they are downloaded:
  --cuda 12      by the runtime package's own script, from NuGet (default)
  --cuda 13      as the wheel onnxruntime-gpu, by python3 -m pip
  --sha256 HEX   trust a file with this hash; once for each file
  --help         this text
`;

interface SetupRequest {
  readonly source: string | undefined;
  readonly cuda: '12' | '13';
  readonly trusted: readonly string[];
}

/**
 * The verb `setup:cuda`.
 *
 * @returns exit code: 0 models run on CUDA, 1 they do not, 2 wrong use
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const request = parseRequest(args);
    if (request === undefined) {
      process.stdout.write(HELP);
      return 0;
    }
    await install(request);
    process.stdout.write(`installed in ${runtimeFolder()}\n`);
    process.stdout.write(`${await tryModels()}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isUse = error instanceof ConfigError || isUsageError(error);
    const hint = isUse ? '\nTry: npm run setup:cuda -- --help' : '';
    process.stderr.write(`setup:cuda: ${error.message}${hint}\n`);
    return isUse ? 2 : 1;
  }
}

/** Undefined when help is asked for. */
function parseRequest(args: readonly string[]): SetupRequest | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      cuda: { type: 'string' },
      sha256: { type: 'string', multiple: true },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const [source, ...others] = positionals;
  const { cuda = '12', sha256: trusted = [] } = values;
  if (others.length > 0) throw new ConfigError(`one SOURCE at most, got ${positionals.join(', ')}`);
  if (cuda !== '12' && cuda !== '13') throw new ConfigError(`--cuda ${cuda}: expected 12 or 13`);
  if (source !== undefined && values.cuda !== undefined) {
    throw new ConfigError('--cuda says what to download, but SOURCE was given');
  }
  return { source: source === undefined ? undefined : resolve(source), cuda, trusted };
}

async function install({ source, cuda, trusted }: SetupRequest): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'deep-makeover-cuda-'));
  try {
    const from =
      source === undefined ? await download(cuda, scratch) : await findLibraries(source, scratch);
    await installLibraries({
      from,
      to: runtimeFolder(),
      runtime: await runtimeVersion(),
      knownBuilds: KNOWN_BUILDS,
      trusted,
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function download(cuda: SetupRequest['cuda'], scratch: string): Promise<string> {
  try {
    return await (cuda === '13' ? downloadWheel(scratch) : runOfficialScript(scratch));
  } catch (cause) {
    const other = cuda === '13' ? '--cuda 12' : '--cuda 13';
    throw new Error(
      `the build for CUDA ${cuda} cannot be downloaded: ${(cause as Error).message}\n` +
        `Check the network, try ${other}, or fetch the archive elsewhere and name it: ` +
        'npm run setup:cuda -- ARCHIVE',
      { cause },
    );
  }
}

async function runtimeVersion(): Promise<string> {
  const path = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  return (JSON.parse(await readFile(path, 'utf8')) as { version: string }).version;
}

/** Runs all published models on CUDA. Throws an Error with what is missing. */
async function tryModels(): Promise<string> {
  const { fix } = await findCudaLibraries();
  if (fix !== undefined)
    throw new Error(`the libraries are installed, but CUDA cannot load: ${fix}`);
  const registry = new ModelRegistry(await scanRepository(join(packageFolder(), 'models')));
  const provider = { wanted: 'cuda', isStrict: true } as const;
  const { report } = await loadModels({ provider, folders: registry.folders });
  registry.record(report);
  const failed = registry.failed.map(
    ({ name, version, reason }) => `${name}/${version}: ${reason}`,
  );
  if (failed.length > 0) throw new Error(`CUDA loads, but not every model:\n${failed.join('\n')}`);
  return `CUDA runs: ${registry.served.join(', ')} reproduce their golden pairs on it`;
}

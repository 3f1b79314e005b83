import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What ONNX Runtime's package lacks for CUDA; looked for beside the runtime's own library. */
export const PROVIDER_LIBRARIES = [
  'libonnxruntime_providers_cuda.so',
  'libonnxruntime_providers_shared.so',
] as const;

/** A shared library that CUDA needs, and whether the loader finds it. */
export interface LibraryFinding {
  readonly name: string;
  readonly isFound: boolean;
}

export interface CudaFindings {
  /** Where ONNX Runtime looks for its CUDA libraries. */
  readonly folder: string;
  readonly libraries: readonly LibraryFinding[];
  /** What is wrong and what to do; undefined when every library is there. */
  readonly fix?: string;
}

const LOAD_TIMEOUT_MS = 30_000;

/** Folder of the installed runtime's native library. */
export function runtimeFolder(): string {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  return join(dirname(dirname(entry)), 'bin', 'napi-v6', process.platform, process.arch);
}

/** Whether ONNX Runtime's CUDA libraries were installed; they may still lack CUDA's own. */
export function isProviderInstalled(folder = runtimeFolder()): boolean {
  return PROVIDER_LIBRARIES.every((name) => existsSync(join(folder, name)));
}

/**
 * Looks for the libraries that CUDA needs: ONNX Runtime's, CUDA's, cuDNN's and the driver's. Does
 * not look for a card: a session tells about that.
 */
export async function findCudaLibraries(folder = runtimeFolder()): Promise<CudaFindings> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const fix = `ONNX Runtime's package has CUDA on Linux x64 only, this is ${process.platform} ${process.arch}: set DM_EP=cpu`;
    return { folder, libraries: [], fix };
  }
  const own = PROVIDER_LIBRARIES.map((name) => ({ name, isFound: existsSync(join(folder, name)) }));
  const absent = own.filter(({ isFound }) => !isFound).map(({ name }) => name);
  if (absent.length > 0) {
    return {
      folder,
      libraries: own,
      fix: `${absent.join(' and ')} not installed: run npm run setup:cuda`,
    };
  }
  const linked = await readDependencies(join(folder, PROVIDER_LIBRARIES[0]));
  const libraries = [...own, ...linked];
  if (!linked.some(({ name }) => name.startsWith('libcudnn.so'))) {
    libraries.push({ name: 'libcudnn.so', isFound: await canLoad('libcudnn.so') });
  }
  const missing = libraries.filter(({ isFound }) => !isFound).map(({ name }) => name);
  if (missing.length > 0) return { folder, libraries, fix: await explainMissing(missing) };
  const refusal = await tryProvider(folder);
  return { folder, libraries, ...(refusal !== undefined && { fix: refusal }) };
}

async function explainMissing(missing: readonly string[]): Promise<string> {
  const advice: string[] = [];
  if (missing.includes('libcuda.so.1')) advice.push("install NVIDIA's driver");
  if (missing.includes('libcudnn.so') && (await canLoad('libcudnn.so.9'))) {
    advice.push('link libcudnn.so to libcudnn.so.9 in its folder');
  } else if (missing.some((name) => name.startsWith('libcudnn'))) {
    advice.push('install cuDNN 9');
  }
  const version = /\.so\.(1[0-9])$/.exec(
    missing.find((name) => /^libcu(dart|blas|blasLt)\.so/.test(name)) ?? '',
  )?.[1];
  if (version !== undefined) advice.push(`install CUDA ${version}`);
  advice.push('put the folders of the libraries into LD_LIBRARY_PATH before the start');
  return `${missing.join(', ')} not found: ${advice.join(', ')}`;
}

/** The libraries that one is linked to, as the loader resolves them. */
async function readDependencies(library: string): Promise<LibraryFinding[]> {
  const listing = await output('ldd', [library]);
  return listing.split('\n').flatMap((line): LibraryFinding[] => {
    const [, name, target] = /^\s*(lib\S+) => (.+)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, isFound: target !== 'not found' }];
  });
}

/** Why the provider does not load although all libraries are there; the runtime does not say. */
async function tryProvider(folder: string): Promise<string | undefined> {
  const [provider, shared] = PROVIDER_LIBRARIES;
  // The runtime loads the one before the other, which needs it.
  const said = await load(join(folder, provider), { LD_PRELOAD: join(folder, shared) });
  if (said.includes(LOADED)) return undefined;
  return `${said || `${provider} ends the process that loads it`}: install the versions of NVIDIA's driver, CUDA and cuDNN that ONNX Runtime asks for`;
}

async function canLoad(library: string): Promise<boolean> {
  return (await load(library)).includes(LOADED);
}

/** What a library that is no addon of Node says once it has been loaded. */
const LOADED = 'did not self-register';

/** Loads in a process of its own, since a library can hold memory or end its process. */
function load(library: string, environment: Readonly<Record<string, string>> = {}) {
  const script = `try { process.dlopen({ exports: {} }, ${JSON.stringify(library)}); }
catch (error) { process.stdout.write(error.message); }`;
  return output(process.execPath, ['-e', script], environment);
}

/** What a program prints, whatever its exit code; '' when it cannot start. */
function output(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = { timeout: LOAD_TIMEOUT_MS, env: { ...process.env, ...environment } };
  return new Promise((resolve) => {
    execFile(command, [...args], options, (_error, stdout) => resolve(stdout));
  });
}

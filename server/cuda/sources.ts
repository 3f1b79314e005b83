import { cp, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { PROVIDER_LIBRARIES } from './libraries.ts';
import { WHEEL } from './pins.ts';
import { runProgram } from './program.ts';

/** Where a folder or an archive of ONNX Runtime may keep its libraries. */
const PLACES = ['', 'lib', 'onnxruntime/capi', 'runtimes/linux-x64/native'];

const UNZIP = `const Zip = require(process.argv[1]);
new Zip(process.argv[2]).extractAllTo(process.argv[3]);`;

const runtimeRequire = createRequire(
  createRequire(import.meta.url).resolve('onnxruntime-node/package.json'),
);

/**
 * Finds the CUDA libraries in a folder, or in an archive: a wheel, a NuGet package or a .tgz.
 *
 * @param scratch a folder to unpack into
 * @returns the folder that holds them
 * @throws Error when they are not there
 */
export async function findLibraries(source: string, scratch: string): Promise<string> {
  const found = await stat(source).catch(() => undefined);
  if (found === undefined) throw new Error(`there is no ${source}`);
  const top = found.isDirectory() ? source : await unpack(source, scratch);
  const folders = [top, ...(await subfoldersOf(top))];
  for (const folder of folders.flatMap((each) => PLACES.map((place) => join(each, place)))) {
    const names: string[] = await readdir(folder).catch(() => []);
    if (PROVIDER_LIBRARIES.every((name) => names.includes(name))) return folder;
  }
  throw new Error(
    `${source} has no folder with ${PROVIDER_LIBRARIES.join(' and ')}: name one that has, or an ` +
      'archive of ONNX Runtime for GPUs (onnxruntime-gpu, Microsoft.ML.OnnxRuntime.Gpu.Linux)',
  );
}

/** A .tgz of ONNX Runtime holds one folder with its name. */
async function subfoldersOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

async function unpack(archive: string, scratch: string): Promise<string> {
  const target = join(scratch, 'unpacked');
  await mkdir(target);
  if (/\.(tgz|tar\.gz)$/.test(archive)) await runProgram('tar', ['-xzf', archive, '-C', target]);
  else if (/\.(whl|nupkg|zip)$/.test(archive)) {
    // The runtime's own script unpacks with this library of its.
    const args = ['-e', UNZIP, runtimeRequire.resolve('adm-zip'), archive, target];
    await runProgram(process.execPath, args);
  } else throw new Error(`${archive} is no folder, .whl, .nupkg, .zip or .tgz`);
  return target;
}

/** Downloads the build for CUDA 13 from the Python package index, its hash checked by pip. */
export async function downloadWheel(scratch: string): Promise<string> {
  const { project, runtime, platform, python, abi, sha256 } = WHEEL;
  const requirements = join(scratch, 'requirements.txt');
  await writeFile(requirements, `${project}==${runtime} --hash=sha256:${sha256}\n`);
  const args = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--require-hashes'];
  args.push('--no-input', '--progress-bar', 'off', '--disable-pip-version-check');
  args.push('--python-version', python, '--implementation', 'cp', '--abi', abi);
  args.push('--platform', platform, '--dest', scratch, '--requirement', requirements);
  await runProgram('python3', args, { environment: { TMPDIR: scratch } });
  const wheel = (await readdir(scratch)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip succeeded but left no wheel');
  return findLibraries(join(scratch, wheel), scratch);
}

/**
 * Has the runtime package's own script download its build for CUDA 12, into a scratch folder: the
 * script itself would overwrite what is installed before anyone has looked at it.
 */
export async function runOfficialScript(scratch: string): Promise<string> {
  const script = dirname(runtimeRequire.resolve('./script/install.js'));
  await cp(script, join(scratch, 'script'), { recursive: true });
  const modules = (runtimeRequire.resolve.paths('adm-zip') ?? []).join(delimiter);
  await runProgram(process.execPath, [join(scratch, 'script', 'install.js')], {
    environment: { ONNXRUNTIME_NODE_INSTALL: 'cuda12', NODE_PATH: modules, TMPDIR: scratch },
  });
  return join(scratch, 'bin', 'napi-v6', process.platform, process.arch);
}

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './program.ts';

export const TENSORFLOW_VERSION = '2.21.0';

export interface Wheel {
  readonly project: 'tensorflow' | 'tensorflow-cpu';
  /** Python's name for the machine. */
  readonly platform: string;
  readonly sha256: string;
}

/**
 * The wheels of TensorFlow 2.21.0 for CPython 3.11, by device and Node's name of the architecture.
 * Which Python they are for does not matter to us: the shared libraries are the same in all.
 */
const WHEELS: Readonly<Record<string, Wheel>> = {
  'cpu-x64': {
    project: 'tensorflow-cpu',
    platform: 'manylinux_2_27_x86_64',
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  },
  'gpu-x64': {
    project: 'tensorflow',
    platform: 'manylinux_2_27_x86_64',
    sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
  },
  // On this architecture the plain project's wheel computes on the CPU, and there is no other.
  'cpu-arm64': {
    project: 'tensorflow',
    platform: 'manylinux_2_27_aarch64',
    sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
  },
};

/** Throws an Error where TensorFlow has no wheel for this device and architecture. */
export function chooseWheel(device: 'cpu' | 'gpu', architecture: string): Wheel {
  const wheel = WHEELS[`${device}-${architecture}`];
  if (wheel !== undefined) return wheel;
  throw new Error(
    `TensorFlow ${TENSORFLOW_VERSION} has no ${device.toUpperCase()} wheel for ${architecture}: there are ${Object.keys(WHEELS).join(', ')}; with libraries of your own, use --gpu DIR`,
  );
}

/**
 * Downloads a wheel through pip, which refuses one whose SHA-256 is another, into an empty folder.
 * Returns its path.
 *
 * @throws Error with pip's last lines when the registry cannot be reached or the hash differs
 */
export async function downloadWheel(wheel: Wheel, directory: string): Promise<string> {
  const requirement = `${wheel.project}==${TENSORFLOW_VERSION} --hash=sha256:${wheel.sha256}\n`;
  const requirements = join(directory, 'requirements.txt');
  const downloads = join(directory, 'wheel');
  await mkdir(downloads);
  await writeFile(requirements, requirement);
  const args = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--require-hashes'];
  args.push('--no-input', '--progress-bar', 'off', '--disable-pip-version-check');
  args.push('--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311');
  args.push('--platform', wheel.platform, '--dest', downloads, '--requirement', requirements);
  // The system's own temporary folder may be too small for the wheel.
  try {
    await runProgram('python3', args, { environment: { TMPDIR: directory } });
  } catch (cause) {
    throw new Error(
      `pip could not download ${wheel.project} ${TENSORFLOW_VERSION}: ${(cause as Error).message}\nCheck the network and pip's index (python3 -m pip config list).`,
      { cause },
    );
  }
  await rm(requirements);
  const [name] = await readdir(downloads);
  if (name === undefined) throw new Error('pip download succeeded but left no wheel');
  return join(downloads, name);
}

/** Needed of a wheel, as starts of its file names. */
const NEEDED = [
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
  'tensorflow/include/tensorflow/',
  'tensorflow/include/tsl/',
  'tensorflow/include/xla/tsl/',
];

/** A wheel is a zip file, which Node cannot read but Python, needed by node-gyp anyway, can. */
const EXTRACT = `
import sys, zipfile
path, directory, *needed = sys.argv[1:]
with zipfile.ZipFile(path) as wheel:
    names = [name for name in wheel.namelist() if name.startswith(tuple(needed))]
    wheel.extractall(directory, names)
`;

/** Extracts the libraries and headers of a wheel into `tensorflow/` inside the folder. */
export async function extractWheel(path: string, directory: string): Promise<void> {
  await runProgram('python3', ['-c', EXTRACT, path, directory, ...NEEDED]);
}

import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseWheel, TENSORFLOW_VERSION, type Wheel } from './wheel.ts';

/** The shared libraries, by the names under which they load each other. */
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

export type Device = 'cpu' | 'gpu';

/** Where TensorFlow's libraries and headers come from. */
export type Library =
  | { readonly kind: 'wheel'; readonly wheel: Wheel; readonly id: string }
  | { readonly kind: 'local'; readonly directory: string; readonly id: string };

/**
 * Chooses the pip wheel for a device, or the libraries in a local folder.
 *
 * @param directory holds the two libraries and `include/`, as an installed wheel's `tensorflow/`
 * @throws Error for a machine without such a wheel, or a folder that lacks something
 */
export async function chooseLibrary(device: Device, directory?: string): Promise<Library> {
  checkPlatform();
  if (directory !== undefined) return localLibrary(directory);
  const wheel = chooseWheel(device, process.arch);
  return { kind: 'wheel', wheel, id: `tensorflow-${TENSORFLOW_VERSION}-${device}` };
}

async function localLibrary(directory: string): Promise<Library> {
  const identity: (string | number)[] = [];
  for (const name of [...LIBRARIES, 'include/tensorflow/c/c_api.h']) {
    try {
      const { size, mtimeMs } = await stat(join(directory, name));
      identity.push(name, size, mtimeMs);
    } catch (cause) {
      throw new Error(
        `${directory} has no ${name}: name a folder with ${LIBRARIES.join(', ')} and include/, such as the tensorflow/ folder of an installed TensorFlow ${TENSORFLOW_VERSION} wheel`,
        { cause },
      );
    }
  }
  const real = await realpath(directory);
  const hash = createHash('sha256')
    .update(JSON.stringify([real, identity]))
    .digest('hex');
  return { kind: 'local', directory: real, id: `tensorflow-local-${hash.slice(0, 12)}` };
}

/** The wheels, and the names of the libraries, are those of Linux with the GNU C library. */
function checkPlatform(): void {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  if (process.platform === 'linux' && report.header?.glibcVersionRuntime !== undefined) return;
  throw new Error(
    `native TensorFlow is built on Linux with the GNU C library only, this is ${process.platform}: try --official`,
  );
}

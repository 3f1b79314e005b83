import { delimiter, join, resolve } from 'node:path';
import { loadAddon } from './addon.ts';
import type { Device } from './library.ts';
import { isLinked, unlinkPackage } from './link.ts';
import { ADDON_PATH } from './package.ts';
import { runProgram } from './program.ts';
import { type Report, withProgress } from './progress.ts';

/**
 * Lets the package download its own, older TensorFlow library and its compiled addon, as its
 * install script would. Returns TensorFlow's version, as told by the loaded library.
 *
 * @throws Error with the script's last lines when a download fails
 */
export async function setUpOfficial(
  packageDirectory: string,
  device: Device,
  report: Report,
): Promise<string> {
  const addon = join(packageDirectory, ADDON_PATH);
  if (!(await isLinked(packageDirectory))) {
    const version = await loadAddon(addon).catch(() => undefined);
    if (version !== undefined) return version;
  }
  // The script would write through our links into the cache.
  await unlinkPackage(packageDirectory);
  // Where npm keeps the commands of packages, of which the script runs node-pre-gyp.
  const commands = resolve(packageDirectory, '..', '..', '.bin');
  const script = [join('scripts', 'install.js'), device, 'download'];
  try {
    await withProgress('running the install script of tf.js', report, () =>
      runProgram(process.execPath, script, {
        directory: packageDirectory,
        environment: { PATH: `${commands}${delimiter}${process.env['PATH'] ?? ''}` },
      }),
    );
    return await loadAddon(addon);
  } catch (cause) {
    throw new Error(
      `the official download failed: ${(cause as Error).message}\nWithout --official, TensorFlow comes from the Python package registry instead.`,
      { cause },
    );
  }
}

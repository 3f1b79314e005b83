import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const PACKAGE = '@tensorflow/tfjs-node-gpu';

/** Where the package looks for its addon; 8 is the newest Node-API version that it was made for. */
export const ADDON_FOLDER = join('lib', 'napi-v8');
export const ADDON_PATH = join(ADDON_FOLDER, 'tfjs_binding.node');

/**
 * Folder of the installed tf.js package whose addon joins tf.js to native TensorFlow.
 *
 * @throws Error when the package is not installed
 */
export function packageDirectory(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
  } catch (cause) {
    throw new Error(`${PACKAGE} is not installed: run npm ci (with development dependencies)`, {
      cause,
    });
  }
}

/** Version of the package in a folder. Throws an Error when the folder holds no package. */
export function packageVersion(directory: string): string {
  const path = join(directory, 'package.json');
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version?: string };
  if (version === undefined) throw new Error(`${path} names no version: run npm ci`);
  return version;
}

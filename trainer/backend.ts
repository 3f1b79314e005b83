import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { gpuName } from './gpu/name.ts';
import { ADDON_PATH, packageDirectory } from './native/package.ts';

export type BackendName = 'tensorflow' | 'cpu';

export interface Backend {
  readonly name: BackendName;
  /** "CPU", or the GPU's name. */
  readonly device: string;
  /** For people: what computes, or why native TensorFlow does not. */
  readonly description: string;
}

/** What we read of the package's own backend object. */
interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

/**
 * Makes native TensorFlow tf.js's backend where `npm run setup:trainer` has put it, else the pure
 * JavaScript one, which is far slower. Never throws for a missing or broken addon: the
 * description says what is wrong.
 */
export async function chooseBackend(): Promise<Backend> {
  const problem = loadNativeBackend();
  if (problem === undefined && (await tf.setBackend('tensorflow'))) {
    const { binding, isUsingGpuDevice } = tf.backend() as unknown as NativeBackend;
    const device = isUsingGpuDevice ? gpuName() : 'CPU';
    return {
      name: 'tensorflow',
      device,
      description: `native TensorFlow ${binding.TF_Version} on the ${device}`,
    };
  }
  await tf.setBackend('cpu');
  return {
    name: 'cpu',
    device: 'CPU',
    description: `pure JavaScript, since native TensorFlow ${problem ?? 'does not start'}: run npm run setup:trainer`,
  };
}

/** Registers the native backend with tf.js. Returns what stands in the way, if anything does. */
function loadNativeBackend(): string | undefined {
  const require = createRequire(import.meta.url);
  // 2: errors only. Growth: else TensorFlow takes all of the GPU's memory at once.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  // TensorFlow leaves oneDNN off on processors without AVX-512, where it is faster too: a training
  // step takes 0.85 times as long with AVX2.
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
  // tf.js calls this function, which Node 22 warns about and later versions have no more.
  const util = require('node:util') as { isNullOrUndefined: (value: unknown) => boolean };
  util.isNullOrUndefined = (value) => value === undefined || value === null;
  try {
    const directory = packageDirectory();
    if (!existsSync(join(directory, ADDON_PATH))) return 'is not set up';
    require(directory);
    return undefined;
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    return `does not load (${reason})`;
  }
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ParameterValues } from '../../../trainer/networks/parameters.ts';

/** A tensor for PyTorch. */
export interface StoredTensor {
  readonly name: string;
  readonly type: 'float32' | 'uint8';
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * Writes what one of the Python scripts starts from: `setup.json`, and the tensors that it lists one
 * after the other in `tensors.bin`.
 */
export async function writeSetup(
  folder: string,
  tensors: readonly StoredTensor[],
  setup: Readonly<Record<string, unknown>>,
): Promise<void> {
  await writeFile(join(folder, 'tensors.bin'), Buffer.concat(tensors.map(({ bytes }) => bytes)));
  const index = tensors.map(({ name, type, shape }) => ({ name, type, shape }));
  await writeFile(join(folder, 'setup.json'), JSON.stringify({ ...setup, tensors: index }));
}

/** A network's weights, each named `<network>/<weight>`. */
export function weightTensors(network: string, weights: ParameterValues): StoredTensor[] {
  return [...weights].map(([name, { shape, data }]) => float32(`${network}/${name}`, shape, data));
}

export function float32(name: string, shape: readonly number[], data: Float32Array): StoredTensor {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, type: 'float32', shape, bytes };
}

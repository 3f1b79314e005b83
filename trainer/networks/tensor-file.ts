import { createHash } from 'node:crypto';
import type { ParameterValue, ParameterValues } from './parameters.ts';

/** Describes a file of tensors that lie one after the other as little-endian float32. */
export interface TensorIndex {
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly sha256: string;
}

export function encodeTensors(values: ParameterValues): { index: TensorIndex; bytes: Buffer } {
  const bytes = Buffer.concat(
    [...values.values()].map(({ data }) =>
      Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    ),
  );
  const tensors = [...values].map(([name, { shape }]) => ({ name, shape }));
  return { index: { tensors, sha256: sha256Of(bytes) }, bytes };
}

/** Throws an Error when the bytes are not those that the index was made with. */
export function decodeTensors(index: TensorIndex, bytes: Uint8Array): Map<string, ParameterValue> {
  if (sha256Of(bytes) !== index.sha256) {
    throw new Error('the tensor file does not have the SHA-256 that its index names');
  }
  const values = new Float32Array(bytes.length / 4);
  new Uint8Array(values.buffer).set(bytes);
  const tensors = new Map<string, ParameterValue>();
  let offset = 0;
  for (const { name, shape } of index.tensors) {
    const size = shape.reduce((product, dim) => product * dim, 1);
    tensors.set(name, { shape, data: values.subarray(offset, offset + size) });
    offset += size;
  }
  return tensors;
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

import * as tf from '@tensorflow/tfjs';
import { InvalidModelError } from './invalid-model-error.ts';

/** A weight or constant, row by row in tf.js's order of axes. A bool is 0 or 1. */
export type WeightTensor = { readonly shape: readonly number[] } & (
  | { readonly type: 'float32'; readonly data: Float32Array }
  | { readonly type: 'int32'; readonly data: Int32Array }
  | { readonly type: 'bool'; readonly data: Uint8Array }
);

/** Weights by name. */
export type WeightMap = ReadonlyMap<string, WeightTensor>;

const BYTES_PER_VALUE = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const;

/**
 * Decodes weights as tf.js does, those quantised to uint8, uint16 (value = scale * q + min) and
 * float16 among them.
 *
 * @param data the bytes of all weights in the order of `specs`, without gaps
 * @throws InvalidModelError for a name that occurs twice and for a weight without values, with a NaN
 *   or an infinity, or of a type other than float32, int32 and bool
 */
export function decodeWeights(
  specs: readonly tf.io.WeightsManifestEntry[],
  data: ArrayBuffer,
): WeightMap {
  const expected = specs.reduce((sum, spec) => sum + weightBytes(spec), 0);
  if (expected !== data.byteLength) {
    throw new InvalidModelError(
      `the weights should take ${expected} bytes, but ${data.byteLength} are given`,
    );
  }
  refuseTwins(specs);
  let tensors: tf.NamedTensorMap;
  try {
    tensors = tf.io.decodeWeights(data, [...specs]);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidModelError(`the weights cannot be decoded: ${reason}`, { cause });
  }
  const weights = new Map<string, WeightTensor>();
  try {
    for (const { name } of specs) weights.set(name, readTensor(name, tensors[name]));
  } finally {
    tf.dispose(tensors);
  }
  return weights;
}

/**
 * The size of a stored weight.
 *
 * @throws InvalidModelError for text and complex numbers, and for a weight without values
 */
export function weightBytes({
  name,
  shape,
  dtype,
  quantization,
}: tf.io.WeightsManifestEntry): number {
  if (dtype === 'string' || dtype === 'complex64') {
    throw new InvalidModelError(`weight ${name} is ${dtype}, expected float32, int32 or bool`);
  }
  if (shape.includes(0)) {
    throw new InvalidModelError(`weight ${name} has the shape [${shape.join()}], so no values`);
  }
  const size = shape.reduce((product, dim) => product * dim, 1);
  return size * BYTES_PER_VALUE[quantization?.dtype ?? dtype];
}

/**
 * The values of a tensor.
 *
 * @param name for the error message
 * @throws InvalidModelError when one of them is not finite
 */
export function readTensor(name: string, tensor: tf.Tensor | undefined): WeightTensor {
  if (tensor === undefined) throw new InvalidModelError(`weight ${name} was not decoded`);
  const { shape } = tensor;
  const data = tensor.dataSync();
  if (data instanceof Int32Array) return { type: 'int32', shape, data };
  if (data instanceof Uint8Array) return { type: 'bool', shape, data };
  const fault = data.findIndex((value) => !Number.isFinite(value));
  if (fault >= 0) {
    throw new InvalidModelError(
      `weight ${name} [${shape.join()}] holds ${data[fault]} at position ${fault}: only finite weights can be converted; training may have diverged`,
    );
  }
  return { type: 'float32', shape, data };
}

function refuseTwins(specs: readonly tf.io.WeightsManifestEntry[]): void {
  const names = new Set<string>();
  for (const { name } of specs) {
    if (names.has(name)) throw new InvalidModelError(`the model has two weights named ${name}`);
    names.add(name);
  }
}

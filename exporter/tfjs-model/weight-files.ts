import { readFile } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import {
  integerFrom,
  listOf,
  number,
  object,
  oneOf,
  optional,
  text,
} from '../../models/contract/json-reader.ts';
import { InvalidModelError } from './invalid-model-error.ts';
import { weightBytes } from './weights.ts';

/** Files of a manifest that together hold some weights, in order and without gaps. */
export interface WeightGroup {
  /** Relative to the folder of `model.json`. */
  readonly paths: readonly string[];
  readonly weights: readonly tf.io.WeightsManifestEntry[];
}

type Quantization = NonNullable<tf.io.WeightsManifestEntry['quantization']>;

const quantization = object<{ dtype: Quantization['dtype']; scale?: number; min?: number }>({
  dtype: oneOf('uint8', 'uint16', 'float16'),
  scale: optional(number),
  min: optional(number),
});
const weight = object<tf.io.WeightsManifestEntry>({
  name: text,
  shape: (value, path) => [...listOf(integerFrom(0))(value, path)],
  dtype: oneOf('float32', 'int32', 'bool', 'string', 'complex64'),
  group: optional(oneOf('model', 'optimizer')),
  quantization: optional(quantization),
});
const weightGroups = listOf(
  object<WeightGroup>({ paths: listOf(text, 1), weights: listOf(weight) }),
  1,
);

/**
 * Checks the `weightsManifest` of a `model.json`.
 *
 * @param jsonPath for the error message
 * @throws InvalidModelError that names the field at fault
 */
export function readWeightGroups(jsonPath: string, manifest: unknown): readonly WeightGroup[] {
  try {
    return weightGroups(manifest, 'weightsManifest');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidModelError(`${jsonPath} does not say where its weights are: ${reason}`, {
      cause,
    });
  }
}

/**
 * Reads the weight files of a model.
 *
 * @param folder where `model.json` lies; files outside it are refused
 * @returns the bytes of all groups, one after the other
 * @throws InvalidModelError when a file is missing or outside the folder, or when the files of a
 *   group are shorter or longer than its weights
 */
export async function readWeightFiles(
  folder: string,
  groups: readonly WeightGroup[],
): Promise<ArrayBuffer> {
  const contents: Buffer[] = [];
  for (const { paths, weights } of groups) {
    const files = await Promise.all(paths.map((path) => readWeightFile(folder, path)));
    const found = files.reduce((sum, file) => sum + file.length, 0);
    const expected = weights.reduce((sum, entry) => sum + weightBytes(entry), 0);
    if (found !== expected) {
      const sizes = paths.map((path, i) => `${path} (${files[i]?.length} bytes)`).join(', ');
      const fault =
        found < expected ? `${expected - found} missing` : `${found - expected} too many`;
      throw new InvalidModelError(
        `the weights in ${sizes} should take ${expected} bytes, ${fault}: the files are damaged or of another model`,
      );
    }
    contents.push(...files);
  }
  const size = contents.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const content of contents) {
    bytes.set(content, offset);
    offset += content.length;
  }
  return bytes.buffer;
}

async function readWeightFile(folder: string, path: string): Promise<Buffer> {
  const target = resolve(folder, path);
  const inside = relative(folder, target);
  const isUrl = /^[a-z][a-z\d+.-]+:/i.test(path);
  if (isUrl || isAbsolute(path) || isAbsolute(inside) || /^\.\.($|[/\\])/.test(inside)) {
    throw new InvalidModelError(
      `the weight file ${path} lies outside the model's folder: put it beside model.json and name it there without a folder`,
    );
  }
  return readFile(target).catch((cause: unknown) => {
    throw new InvalidModelError(
      `the weight file ${path} is missing beside model.json: copy every weight file with it`,
      { cause },
    );
  });
}

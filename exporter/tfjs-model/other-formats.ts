import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidModelError } from './invalid-model-error.ts';

const CONVERT_FIRST =
  'turn it into a tf.js model first, with tensorflowjs_converter --output_format=tfjs_graph_model';

/** Files that people may take for a tf.js model, told by what stands at a byte offset. */
const SIGNATURES = [
  { offset: 0, bytes: '\x89HDF\r\n\x1a\n', name: `a Keras HDF5 file (.h5): ${CONVERT_FIRST}` },
  {
    offset: 0,
    bytes: 'PK\x03\x04',
    name: `an archive, as Keras 3 writes (.keras): ${CONVERT_FIRST}`,
  },
  { offset: 4, bytes: 'TFL3', name: 'a TensorFlow Lite file, which cannot be converted' },
] as const;

/** Files without a signature, told by their names. */
const EXTENSIONS = [
  { extension: '.pb', name: `a TensorFlow SavedModel or frozen graph: ${CONVERT_FIRST}` },
  { extension: '.onnx', name: 'an ONNX model already' },
  { extension: '.bin', name: 'a weight file: name the model.json beside it' },
] as const;

/**
 * Finds the JSON file of a tf.js model.
 *
 * @param path the file, or a folder that holds `model.json`
 * @throws InvalidModelError when there is none, naming the model of another format that lies there
 */
export async function locateModel(path: string): Promise<string> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new InvalidModelError(
      `${path} cannot be read: expected a tf.js model.json or its folder`,
      {
        cause,
      },
    );
  });
  if (!found.isDirectory()) return path;
  const names = await readdir(path);
  if (names.includes('model.json')) return join(path, 'model.json');
  if (names.includes('saved_model.pb')) {
    throw new InvalidModelError(`${path} is a TensorFlow SavedModel: ${CONVERT_FIRST}`);
  }
  const others = names.filter((name) => /\.(json|h5|hdf5|keras|tflite|pb|onnx)$/.test(name)).sort();
  const hint = others.length === 0 ? '' : `; it holds ${others.join(', ')}`;
  throw new InvalidModelError(`${path} holds no model.json${hint}`);
}

/** What a file is instead of JSON, and what to do about it; undefined when nothing tells. */
export function nameOtherFormat(path: string, content: Buffer): string | undefined {
  const signature = SIGNATURES.find(({ offset, bytes }) => {
    return content.toString('latin1', offset, offset + bytes.length) === bytes;
  });
  return (signature ?? EXTENSIONS.find(({ extension }) => path.endsWith(extension)))?.name;
}

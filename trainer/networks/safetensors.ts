import { decodeHalf, encodeHalf } from './half.ts';
import type { ParameterValue, ParameterValues } from './parameters.ts';

/**
 * The safetensors layout (https://github.com/huggingface/safetensors, "Format"): the length of a
 * JSON header as a 64-bit little-endian number, the header, then the tensors' bytes. Chosen for
 * `warm-start.bin` because other frameworks read it. Only half precision is written and read.
 */
interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte and the one behind the last, counted from the end of the header. */
  readonly data_offsets: readonly [number, number];
}

const LENGTH_BYTES = 8;
const METADATA = '__metadata__';
const HALF = 'F16';
const DAMAGED = 'the file is damaged or no safetensors file of half precision';

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, ParameterValue>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The tensors' bytes in half precision, in the map's order. Throws a RangeError when one has a value that is too large. */
export function halfBytes(tensors: ParameterValues): Buffer {
  return Buffer.concat([...tensors.values()].map(({ data }) => encodeHalf(data)));
}

/** @param data `halfBytes(tensors)` */
export function encodeSafetensors(
  tensors: ParameterValues,
  data: Uint8Array,
  metadata: Readonly<Record<string, string>>,
): Buffer {
  const entries: Record<string, TensorEntry> = {};
  let offset = 0;
  for (const [name, { shape, data: values }] of tensors) {
    const end = offset + 2 * values.length;
    entries[name] = { dtype: HALF, shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify({ [METADATA]: metadata, ...entries }));
  // Spaces up to a multiple of 8, so that the data is aligned.
  const length = Math.ceil(json.length / LENGTH_BYTES) * LENGTH_BYTES;
  const head = Buffer.alloc(LENGTH_BYTES + length, ' ');
  head.writeBigUInt64LE(BigInt(length));
  json.copy(head, LENGTH_BYTES);
  return Buffer.concat([head, data]);
}

/** Throws an Error when the bytes are not as this layout wants them. */
export function decodeSafetensors(file: Uint8Array): SafetensorsFile {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < LENGTH_BYTES) throw new Error(DAMAGED);
  const start = LENGTH_BYTES + Number(bytes.readBigUInt64LE());
  if (start > bytes.length) throw new Error(DAMAGED);
  const { [METADATA]: metadata, ...entries } = parseHeader(bytes.subarray(LENGTH_BYTES, start));
  const tensors = new Map<string, ParameterValue>();
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = entry as unknown as TensorEntry;
    const data = bytes.subarray(start + offsets[0], start + offsets[1]);
    const size = shape.reduce((product, dim) => product * dim, 1);
    if (dtype !== HALF || data.length !== 2 * size) throw new Error(`${DAMAGED}: ${name}`);
    tensors.set(name, { shape, data: decodeHalf(data) });
  }
  return { tensors, metadata: metadata ?? {} };
}

function parseHeader(bytes: Buffer): Record<string, Record<string, string>> {
  try {
    return JSON.parse(bytes.toString('utf8')) as Record<string, Record<string, string>>;
  } catch (cause) {
    throw new Error(DAMAGED, { cause });
  }
}

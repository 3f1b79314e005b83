/** What an ONNX file says about itself, read without running it. */
export interface OnnxSummary {
  readonly irVersion: number;
  /** Imported operator sets by domain; '' is the standard operators'. */
  readonly opsets: Readonly<Record<string, number>>;
  /** Domains of the nodes that occur, subgraphs and functions included. */
  readonly domains: readonly string[];
  /** Types of the nodes in the file's order, subgraphs and functions included. */
  readonly opTypes: readonly string[];
  /** Names of tensors whose values lie in another file. */
  readonly externalTensors: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads the summary of a `.onnx` file. Field numbers are those of onnx.proto.
 *
 * @throws Error when the bytes are no protobuf message
 */
export function summariseOnnx(file: Uint8Array): OnnxSummary {
  const opsets: Record<string, number> = {};
  const metadata: Record<string, string> = {};
  const found: Found = { domains: new Set(), opTypes: [], externalTensors: [] };
  let irVersion = 0;
  for (const field of readFields(file)) {
    if (field.number === 1) irVersion = field.integer;
    else if (field.number === 7) visitGraph(field.bytes, found);
    else if (field.number === 8) {
      const entry = readFields(field.bytes);
      opsets[text(entry, 1)] = entry.find(({ number }) => number === 2)?.integer ?? 0;
    } else if (field.number === 14) {
      const entry = readFields(field.bytes);
      metadata[text(entry, 1)] = text(entry, 2);
    } else if (field.number === 25) {
      visitFunction(field.bytes, found);
    }
  }
  return { irVersion, opsets, metadata, ...found, domains: [...found.domains] };
}

interface Found {
  readonly domains: Set<string>;
  readonly opTypes: string[];
  readonly externalTensors: string[];
}

function visitGraph(graph: Uint8Array, found: Found): void {
  for (const { number, bytes } of readFields(graph)) {
    if (number === 1) visitNode(bytes, found);
    else if (number === 5) visitTensor(bytes, found);
    else if (number === 15) visitSparseTensor(bytes, found);
  }
}

/** A function stands for an operator of its own domain. */
function visitFunction(definition: Uint8Array, found: Found): void {
  const fields = readFields(definition);
  found.domains.add(text(fields, 10));
  for (const { number, bytes } of fields) if (number === 7) visitNode(bytes, found);
}

function visitNode(node: Uint8Array, found: Found): void {
  const fields = readFields(node);
  found.domains.add(text(fields, 7));
  found.opTypes.push(text(fields, 4));
  for (const attribute of fields.filter(({ number }) => number === 5)) {
    for (const { number, bytes } of readFields(attribute.bytes)) {
      if (number === 5 || number === 10) visitTensor(bytes, found);
      else if (number === 6 || number === 11) visitGraph(bytes, found);
      else if (number === 22 || number === 23) visitSparseTensor(bytes, found);
    }
  }
}

function visitTensor(tensor: Uint8Array, found: Found): void {
  const fields = readFields(tensor);
  // data_location EXTERNAL, or a list of external_data entries.
  if (fields.some(({ number, integer }) => number === 13 || (number === 14 && integer === 1))) {
    found.externalTensors.push(text(fields, 8));
  }
}

/** Two tensors: the values that are not zero, and their places. */
function visitSparseTensor(tensor: Uint8Array, found: Found): void {
  for (const { number, bytes } of readFields(tensor)) {
    if (number === 1 || number === 2) visitTensor(bytes, found);
  }
}

/** A field of a message: `integer` for a varint, `bytes` for every other value. */
export interface Field {
  readonly number: number;
  /** Signed, as all of ONNX's integers are. */
  readonly integer: number;
  /** What is length-delimited without its length, or the little-endian bytes of a fixed-size number. */
  readonly bytes: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);

/**
 * The fields of one protobuf message, in its order.
 *
 * @throws Error when the bytes are no protobuf message
 */
export function readFields(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let position = 0;
  const varint = (): number => {
    const { value, end } = readVarint(message, position);
    position = end;
    return value;
  };
  const take = (length: number): Uint8Array => {
    if (length < 0 || position + length > message.length) throw new Error(BROKEN);
    position += length;
    return message.subarray(position - length, position);
  };
  while (position < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (wireType === 0) fields.push({ number, integer: varint(), bytes: NO_BYTES });
    else if (wireType === 1) fields.push({ number, integer: 0, bytes: take(8) });
    else if (wireType === 2) fields.push({ number, integer: 0, bytes: take(varint()) });
    else if (wireType === 5) fields.push({ number, integer: 0, bytes: take(4) });
    else throw new Error(BROKEN);
  }
  return fields;
}

/** Integers of a packed field, which holds them without tags. */
export function readVarints(packed: Uint8Array): number[] {
  const values: number[] = [];
  for (let position = 0; position < packed.length; ) {
    const { value, end } = readVarint(packed, position);
    values.push(value);
    position = end;
  }
  return values;
}

/** Base-128 digits, the lowest first; a negative number has ten, as 64 bits of two's complement. */
function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0n;
  for (let digits = 0; digits < 10; digits++) {
    const byte = bytes[start + digits];
    if (byte === undefined) break;
    value |= BigInt(byte & 0x7f) << BigInt(7 * digits);
    if (byte < 0x80) {
      return { value: Number(BigInt.asIntN(64, value)), end: start + digits + 1 };
    }
  }
  throw new Error(BROKEN);
}

const BROKEN = 'the file is damaged or no ONNX model: export the model again';

/** A string field's value, '' when it is absent. ONNX's own names are ASCII; metadata may not be. */
export function text(fields: readonly Field[], number: number): string {
  const bytes = fields.find((field) => field.number === number)?.bytes ?? NO_BYTES;
  return decodeURIComponent(
    Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}

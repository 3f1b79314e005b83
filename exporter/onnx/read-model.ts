import { type Field, readFields, readVarints, text } from '../../models/contract/onnx-file.ts';
import {
  type AttributeValue,
  ELEMENT_TYPE_CODES,
  type ElementType,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './messages.ts';

/**
 * Reads a `.onnx` file back into what `encodeModel` wrote, so that it can be changed.
 *
 * @throws Error when the bytes are no ONNX model, or one with parts that the exporter never writes
 */
export function decodeModel(file: Uint8Array): ModelProto {
  const fields = readFields(file);
  const graph = readFields(message(fields, 7));
  const opset = all(fields, 8)
    .map(readFields)
    .find((entry) => text(entry, 1) === '');
  return {
    irVersion: integer(fields, 1),
    opset: integer(opset ?? [], 2),
    producerName: text(fields, 2),
    producerVersion: text(fields, 3),
    graphName: text(graph, 2),
    inputs: all(graph, 11).map(decodeValueInfo),
    outputs: all(graph, 12).map(decodeValueInfo),
    initializers: all(graph, 5).map(decodeTensor),
    nodes: all(graph, 1).map(decodeNode),
    metadata: Object.fromEntries(
      all(fields, 14)
        .map(readFields)
        .map((entry) => [text(entry, 1), text(entry, 2)]),
    ),
  };
}

function decodeNode(bytes: Uint8Array): NodeProto {
  const fields = readFields(bytes);
  const name = text(fields, 3);
  return {
    name,
    opType: text(fields, 4),
    inputs: texts(fields, 1),
    outputs: texts(fields, 2),
    attributes: Object.fromEntries(
      all(fields, 5)
        .map(readFields)
        .map((attribute) => [text(attribute, 1), decodeAttribute(attribute, name)]),
    ),
  };
}

/** By AttributeProto.AttributeType. */
function decodeAttribute(fields: readonly Field[], node: string): AttributeValue {
  const type = integer(fields, 20);
  if (type === 1) {
    const bytes = message(fields, 2);
    return { float: new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true) };
  }
  if (type === 2) return integer(fields, 3);
  if (type === 3) return text(fields, 4);
  if (type === 7) return integers(fields, 8);
  throw new Error(
    `node ${node} has an attribute ${text(fields, 1)} of type ${type}, which only files of other exporters have: make variants of files that this exporter wrote`,
  );
}

function decodeTensor(bytes: Uint8Array): TensorProto {
  const fields = readFields(bytes);
  const name = text(fields, 8);
  const dims = integers(fields, 1);
  const raw = fields.find(({ number }) => number === 9)?.bytes;
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (raw === undefined && size > 0) {
    throw new Error(`the constant ${name} has no raw data: make variants of the exporter's files`);
  }
  return { name, dims, ...decodeValues(elementType(integer(fields, 2), name), raw ?? NO_BYTES) };
}

const NO_BYTES = new Uint8Array(0);

type TensorValues = TensorProto extends infer T ? (T extends unknown ? Values<T> : never) : never;
type Values<T> = T extends { type: infer K; data: infer D } ? { type: K; data: D } : never;

function decodeValues(type: ElementType, raw: Uint8Array): TensorValues {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const list = (bytes: number): { length: number } => ({ length: raw.byteLength / bytes });
  if (type === 'float32') {
    return { type, data: Float32Array.from(list(4), (_, i) => view.getFloat32(4 * i, true)) };
  }
  if (type === 'float16') {
    return { type, data: Uint16Array.from(list(2), (_, i) => view.getUint16(2 * i, true)) };
  }
  if (type === 'int32') {
    return { type, data: Int32Array.from(list(4), (_, i) => view.getInt32(4 * i, true)) };
  }
  if (type === 'int64') {
    return { type, data: BigInt64Array.from(list(8), (_, i) => view.getBigInt64(8 * i, true)) };
  }
  return type === 'int8' ? { type, data: Int8Array.from(raw) } : { type, data: raw.slice() };
}

function decodeValueInfo(bytes: Uint8Array): ValueInfoProto {
  const fields = readFields(bytes);
  const name = text(fields, 1);
  const tensor = readFields(message(readFields(message(fields, 2)), 1));
  return {
    name,
    type: elementType(integer(tensor, 1), name),
    dims: all(readFields(message(tensor, 2)), 1).map((dim) => {
      const entry = readFields(dim);
      return entry.some(({ number }) => number === 2) ? text(entry, 2) : integer(entry, 1);
    }),
  };
}

function elementType(code: number, name: string): ElementType {
  const found = Object.entries(ELEMENT_TYPE_CODES).find(([, other]) => other === code);
  if (found !== undefined) return found[0] as ElementType;
  throw new Error(`${name} has ONNX's element type ${code}, which the exporter never writes`);
}

function all(fields: readonly Field[], number: number): Uint8Array[] {
  return fields.filter((field) => field.number === number).map(({ bytes }) => bytes);
}

/** A message of which there is one; an absent one has no fields. */
function message(fields: readonly Field[], number: number): Uint8Array {
  return all(fields, number)[0] ?? NO_BYTES;
}

function integer(fields: readonly Field[], number: number): number {
  return fields.find((field) => field.number === number)?.integer ?? 0;
}

/** A repeated integer, packed or one by one. */
function integers(fields: readonly Field[], number: number): number[] {
  return fields
    .filter((field) => field.number === number)
    .flatMap(({ integer: value, bytes }) => (bytes.length > 0 ? readVarints(bytes) : [value]));
}

function texts(fields: readonly Field[], number: number): string[] {
  return fields.filter((field) => field.number === number).map((field) => text([field], number));
}

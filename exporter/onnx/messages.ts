import { MessageWriter } from '../../trainer/wire.ts';

/**
 * The messages of an ONNX file as plain objects, and their encoding. Field numbers are those of
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (IR version 8).
 */

export type ElementType = 'float32' | 'uint8' | 'int8' | 'int32' | 'int64' | 'float16';

/** TensorProto.DataType */
export const ELEMENT_TYPE_CODES: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  float16: 10,
};

/** A constant. */
export type TensorProto = {
  readonly name: string;
  readonly dims: readonly number[];
} & (
  | { readonly type: 'float32'; readonly data: Float32Array }
  | { readonly type: 'uint8'; readonly data: Uint8Array }
  | { readonly type: 'int8'; readonly data: Int8Array }
  | { readonly type: 'int32'; readonly data: Int32Array }
  | { readonly type: 'int64'; readonly data: BigInt64Array }
  /** The bits of each value. */
  | { readonly type: 'float16'; readonly data: Uint16Array }
);

/** An input or output of the graph; a dim is a number or the name of a free dimension. */
export interface ValueInfoProto {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string)[];
}

/** What a node's attribute can hold; `float` tells the number 1 from the integer 1. */
export type AttributeValue = number | string | readonly number[] | { readonly float: number };

export interface NodeProto {
  readonly name: string;
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface ModelProto {
  readonly irVersion: number;
  readonly opset: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly graphName: string;
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly initializers: readonly TensorProto[];
  readonly nodes: readonly NodeProto[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes of a `.onnx` file. */
export function encodeModel(model: ModelProto): Uint8Array {
  const message = new MessageWriter()
    .integer(1, model.irVersion)
    .string(2, model.producerName)
    .string(3, model.producerVersion)
    .message(7, encodeGraph(model))
    // The default domain, the empty string, is the standard operators'.
    .message(8, new MessageWriter().string(1, '').integer(2, model.opset));
  for (const [key, value] of Object.entries(model.metadata)) {
    message.message(14, new MessageWriter().string(1, key).string(2, value));
  }
  return message.finish();
}

function encodeGraph(model: ModelProto): MessageWriter {
  const message = new MessageWriter();
  for (const node of model.nodes) message.message(1, encodeNode(node));
  message.string(2, model.graphName);
  for (const tensor of model.initializers) message.message(5, encodeTensor(tensor));
  for (const input of model.inputs) message.message(11, encodeValueInfo(input));
  for (const output of model.outputs) message.message(12, encodeValueInfo(output));
  return message;
}

function encodeNode(node: NodeProto): MessageWriter {
  const message = new MessageWriter();
  for (const input of node.inputs) message.string(1, input);
  for (const output of node.outputs) message.string(2, output);
  message.string(3, node.name).string(4, node.opType);
  for (const [name, value] of Object.entries(node.attributes)) {
    message.message(5, encodeAttribute(name, value));
  }
  return message;
}

function encodeAttribute(name: string, value: AttributeValue): MessageWriter {
  const message = new MessageWriter().string(1, name);
  if (typeof value === 'number') return message.integer(3, value).integer(20, 2);
  if (typeof value === 'string') return message.string(4, value).integer(20, 3);
  if ('float' in value) return message.float(2, value.float).integer(20, 1);
  for (const item of value) message.integer(8, item);
  return message.integer(20, 7);
}

function encodeTensor(tensor: TensorProto): MessageWriter {
  const message = new MessageWriter();
  for (const dim of tensor.dims) message.integer(1, dim);
  return message
    .integer(2, ELEMENT_TYPE_CODES[tensor.type])
    .string(8, tensor.name)
    .bytes(9, littleEndianBytes(tensor.data));
}

function encodeValueInfo({ name, type, dims }: ValueInfoProto): MessageWriter {
  const shape = new MessageWriter();
  for (const dim of dims) {
    const dimension = new MessageWriter();
    shape.message(
      1,
      typeof dim === 'number' ? dimension.integer(1, dim) : dimension.string(2, dim),
    );
  }
  const tensorType = new MessageWriter().integer(1, ELEMENT_TYPE_CODES[type]).message(2, shape);
  return new MessageWriter().string(1, name).message(2, new MessageWriter().message(1, tensorType));
}

/** ONNX's raw data is little-endian, whatever this machine is. */
function littleEndianBytes(data: TensorProto['data']): Uint8Array {
  const bytes = new Uint8Array(data.byteLength);
  const view = new DataView(bytes.buffer);
  data.forEach((value: number | bigint, i: number) => {
    if (typeof value === 'bigint') view.setBigInt64(8 * i, value, true);
    else if (data instanceof Float32Array) view.setFloat32(4 * i, value, true);
    else if (data instanceof Int32Array) view.setInt32(4 * i, value, true);
    else if (data instanceof Uint16Array) view.setUint16(2 * i, value, true);
    else bytes[i] = value;
  });
  return bytes;
}

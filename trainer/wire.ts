/**
 * Protocol Buffers wire format, the part that ONNX files and TensorBoard events need.
 *
 * Written here and not taken from npm `onnx-proto`: that package brings protobufjs 6, which
 * generates code with `Function` at run time, and some 330 KB of classes, while a model needs ten
 * message types. https://protobuf.dev/programming-guides/encoding/ is the whole specification.
 */

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_LENGTH_DELIMITED = 2;
const WIRE_FIXED32 = 5;

/** Appends the fields of one message. Field numbers are those of the message's .proto file. */
export class MessageWriter {
  readonly #chunks: Uint8Array[] = [];

  /** A signed or unsigned integer or an enum. Throws a RangeError unless it is a safe integer. */
  integer(field: number, value: number): this {
    this.#tag(field, WIRE_VARINT);
    this.#chunks.push(encodeVarint(value));
    return this;
  }

  /** A 32-bit float. */
  float(field: number, value: number): this {
    this.#tag(field, WIRE_FIXED32);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#chunks.push(bytes);
    return this;
  }

  /** A 64-bit float. */
  double(field: number, value: number): this {
    this.#tag(field, WIRE_FIXED64);
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    this.#chunks.push(bytes);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, WIRE_LENGTH_DELIMITED);
    this.#chunks.push(encodeVarint(value.length), value);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: MessageWriter): this {
    return this.bytes(field, value.finish());
  }

  /** The message's bytes so far. */
  finish(): Uint8Array {
    const size = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const bytes = new Uint8Array(size);
    let offset = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  }

  #tag(field: number, wireType: number): void {
    this.#chunks.push(encodeVarint(field * 8 + wireType));
  }
}

/**
 * Little-endian base-128 digits, the high bit set on all but the last. Negative numbers take ten
 * bytes, as the two's complement of 64 bits.
 */
function encodeVarint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`${value} is no safe integer, which a protobuf varint needs`);
  }
  const digits: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    digits.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  digits.push(Number(rest));
  return Uint8Array.from(digits);
}

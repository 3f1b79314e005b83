import { deserialize, serialize } from 'node:v8';

/** Bytes of the length that stands before each message, little-endian. */
const LENGTH_BYTES = 4;
/** Far above any batch; more means that the stream is not ours. */
const MAX_MESSAGE_BYTES = 2 ** 28;

/** A message on its way through a socket: structured clone, so tensors cross as bytes. */
export function encodeFrame(message: unknown): readonly [length: Buffer, content: Buffer] {
  const content = serialize(message);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(content.length);
  return [length, content];
}

/** Puts the messages of a stream together again. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /**
   * Takes what came in.
   *
   * @returns the messages that are complete now
   * @throws Error when the stream is not one of ours
   */
  read(chunk: Buffer): unknown[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const messages: unknown[] = [];
    for (let content = this.#take(); content !== undefined; content = this.#take()) {
      messages.push(deserialize(content));
    }
    return messages;
  }

  /** The next complete message's bytes. */
  #take(): Buffer | undefined {
    if (this.#bytes < LENGTH_BYTES) return undefined;
    if ((this.#chunks[0]?.length ?? 0) < LENGTH_BYTES) this.#chunks = [Buffer.concat(this.#chunks)];
    const length = this.#chunks[0]?.readUInt32LE() ?? 0;
    if (length > MAX_MESSAGE_BYTES) throw new Error(`a message of ${length} bytes is none of ours`);
    const end = LENGTH_BYTES + length;
    if (this.#bytes < end) return undefined;
    const all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    if (all === undefined) return undefined;
    this.#chunks = all.length > end ? [all.subarray(end)] : [];
    this.#bytes -= end;
    return all.subarray(LENGTH_BYTES, end);
  }
}

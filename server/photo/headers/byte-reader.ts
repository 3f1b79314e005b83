import { ProblemError } from '../../problem.ts';

/** A header that cannot be a sound photo's. */
export function damagedPhoto(reason: string): ProblemError {
  return new ProblemError(
    'IMAGE_CORRUPT',
    `the photo cannot be decoded (${reason}): it is damaged or incomplete, send the whole file`,
  );
}

/**
 * Reads numbers of a file at byte positions, big-endian unless the name says otherwise. Every read
 * throws ProblemError IMAGE_CORRUPT beyond the file's end.
 */
export class ByteReader {
  readonly length: number;
  readonly #view: DataView;

  constructor(file: Uint8Array) {
    this.length = file.length;
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  }

  u8(at: number): number {
    this.#require(at, 1);
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    this.#require(at, 2);
    return this.#view.getUint16(at);
  }

  u32(at: number): number {
    this.#require(at, 4);
    return this.#view.getUint32(at);
  }

  u16LittleEndian(at: number): number {
    this.#require(at, 2);
    return this.#view.getUint16(at, true);
  }

  u24LittleEndian(at: number): number {
    return this.u16LittleEndian(at) + this.u8(at + 2) * 0x1_0000;
  }

  u32LittleEndian(at: number): number {
    this.#require(at, 4);
    return this.#view.getUint32(at, true);
  }

  /** The four letters that name a chunk or a box. */
  name(at: number): string {
    return String.fromCharCode(this.u8(at), this.u8(at + 1), this.u8(at + 2), this.u8(at + 3));
  }

  #require(at: number, count: number): void {
    if (at + count > this.length) throw damagedPhoto('it ends inside its header');
  }
}

import { ProblemError } from '../problem.ts';

/** What a batch or an item takes beside its files: its records, and the blocks of the disk. */
export const RECORD_BYTES = 16 * 1024;

/** A result with its photo's coding grows by less; a PNG of what came as a JPEG seldom by more. */
const GROWTH = 1.5;
const PNG_GROWTH = 8;

/** Codes of a disk without room: full, over its user's quota, or over the largest file. */
const NO_ROOM_CODES = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Room for the result of a photo, kept from its acceptance on: no result shall want for it. */
export function expectedResultBytes(inputBytes: number, format: string | undefined): number {
  return Math.ceil(inputBytes * (format === 'png' ? PNG_GROWTH : GROWTH));
}

/** What a failed write means to a client: STORAGE_FULL where the disk has no room. */
export function toStorageError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return NO_ROOM_CODES.includes(code) ? storageFull('the disk of the service is full') : error;
}

function storageFull(reason: string): ProblemError {
  return new ProblemError(
    'STORAGE_FULL',
    `${reason}: fetch and delete batches that are done, or wait until they expire`,
  );
}

/** The bytes that all batches may take together, with the room for their results. */
export class DiskRoom {
  readonly #maxBytes: number;
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Takes room for something new.
   *
   * @throws ProblemError STORAGE_FULL
   */
  take(bytes: number): void {
    this.require(bytes);
    this.#usedBytes += bytes;
  }

  /** @throws ProblemError STORAGE_FULL when there is no room for so much more */
  require(bytes: number): void {
    if (this.#usedBytes + bytes <= this.#maxBytes) return;
    throw storageFull(`the ${this.#maxBytes} bytes that batches may take are in use or promised`);
  }

  /** Room for what is there already, or less of it when negative. */
  adjust(bytes: number): void {
    this.#usedBytes += bytes;
  }
}

import { ProblemError } from '../problem.ts';

/** A photo that ends this many workers is refused from then on: it would end them all. */
const MAX_STRIKES = 2;
const EXPIRY_MS = 60 * 60 * 1000;
/** Many more than photos can end workers within the expiry. */
const MAX_PHOTOS = 1024;

interface Record {
  readonly strikes: number;
  readonly expiresAtMs: number;
}

/**
 * Photos, by their content, that have ended workers. The content alone is known here, as a hash,
 * and forgotten after an hour, or when it comes through.
 */
export class Quarantine {
  readonly #nowMs: () => number;
  /** Oldest first. */
  readonly #records = new Map<string, Record>();

  constructor(nowMs = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Photos that are refused at present. */
  get size(): number {
    return [...this.#records.keys()].filter((hash) => this.#strikesOf(hash) >= MAX_STRIKES).length;
  }

  /** A worker ended, or hung, while it had the photo. */
  strike(hash: string): void {
    const strikes = this.#strikesOf(hash) + 1;
    this.#records.delete(hash);
    this.#records.set(hash, { strikes, expiresAtMs: this.#nowMs() + EXPIRY_MS });
    const [oldest] = this.#records.keys();
    if (this.#records.size > MAX_PHOTOS && oldest !== undefined) this.#records.delete(oldest);
  }

  /** A worker came through with the photo. */
  forgive(hash: string): void {
    this.#records.delete(hash);
  }

  /** @throws ProblemError PHOTO_QUARANTINED when the photo has ended too many workers */
  refuse(hash: string): void {
    if (this.#strikesOf(hash) < MAX_STRIKES) return;
    throw new ProblemError(
      'PHOTO_QUARANTINED',
      `work on this photo has ended ${MAX_STRIKES} processes, so it is not taken for an hour: save ` +
        'it anew in a picture editor and send that',
    );
  }

  #strikesOf(hash: string): number {
    const record = this.#records.get(hash);
    if (record === undefined || record.expiresAtMs <= this.#nowMs()) return 0;
    return record.strikes;
  }
}

import { deadlineExceeded } from '../photo/ticket.ts';
import { ProblemError } from '../problem.ts';

/**
 * Until when a client wants its answer. With X-Timeout-Ms that counts from the request's arrival,
 * else from the end of the upload, so that a slow line costs nothing.
 */
export class Deadline {
  readonly #timeoutMs: number;
  readonly #arrivedMs: number | undefined;
  /** A timer may ring a little before its time: what it rang for is over all the same. */
  #isOver = false;

  /**
   * @param wanted the header X-Timeout-Ms
   * @param maxMs the service waits no longer than that
   * @throws ProblemError BAD_PARAMETER when the header is no whole number of milliseconds
   */
  constructor(wanted: string | undefined, maxMs: number) {
    this.#timeoutMs = wanted === undefined ? maxMs : Math.min(parse(wanted), maxMs);
    this.#arrivedMs = wanted === undefined ? undefined : performance.now();
  }

  /** Milliseconds for a photo that has been uploaded now; 0 or less when it is too late. */
  get leftMs(): number {
    if (this.#isOver) return 0;
    const passedMs = this.#arrivedMs === undefined ? 0 : performance.now() - this.#arrivedMs;
    return this.#timeoutMs - passedMs;
  }

  /** @throws ProblemError DEADLINE_EXCEEDED */
  requireTime(): void {
    if (this.leftMs <= 0) throw deadlineExceeded(this.#timeoutMs);
  }

  /** Waits for an upload, but no longer than the client. Rejects with DEADLINE_EXCEEDED. */
  async during<T>(upload: Promise<T>): Promise<T> {
    if (this.#arrivedMs === undefined) return upload;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.#isOver = true;
        reject(deadlineExceeded(this.#timeoutMs));
      }, this.leftMs);
    });
    try {
      return await Promise.race([upload, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function parse(wanted: string): number {
  if (/^[1-9]\d{0,9}$/.test(wanted)) return Number(wanted);
  throw new ProblemError(
    'BAD_PARAMETER',
    `X-Timeout-Ms is "${wanted}", expected a whole number of milliseconds, at least 1`,
  );
}

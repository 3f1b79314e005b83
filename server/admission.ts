import { ProblemError } from './problem.ts';

/** Before the first photo is done there is no rate to tell the waiting time from. */
const FIRST_RETRY_AFTER_S = 5;
const MAX_RETRY_AFTER_S = 60;

/**
 * Lets a bounded number of photos in: those that are uploading, waiting, in work or being sent. The
 * bound is on memory too, since each may hold an upload of the largest size, or its result.
 */
export class Admission {
  readonly #maxRequests: number;
  readonly #nowMs: () => number;
  #inProgress = 0;
  /** Of the present busy period, which gives the drain rate. */
  #busySinceMs = 0;
  #done = 0;
  #isDraining = false;
  #onIdle: (() => void) | undefined;

  constructor(maxRequests: number, nowMs = () => performance.now()) {
    this.#maxRequests = maxRequests;
    this.#nowMs = nowMs;
  }

  /** Photos that are in. */
  get inProgress(): number {
    return this.#inProgress;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /**
   * Takes a place.
   *
   * @returns gives the place back; to be called once
   * @throws ProblemError QUEUE_FULL or DRAINING
   */
  enter(): () => void {
    if (this.#isDraining) {
      throw new ProblemError('DRAINING', 'the service is stopping: try again soon', {
        'Retry-After': String(FIRST_RETRY_AFTER_S),
      });
    }
    if (this.#inProgress >= this.#maxRequests) {
      const retryAfterS = this.#retryAfterS();
      throw new ProblemError(
        'QUEUE_FULL',
        `${this.#inProgress} photos are being worked on already: try again in ${retryAfterS} s`,
        { 'Retry-After': String(retryAfterS) },
      );
    }
    if (this.#inProgress === 0) {
      this.#busySinceMs = this.#nowMs();
      this.#done = 0;
    }
    this.#inProgress++;
    return () => this.#leave();
  }

  /** Lets nobody in any more; resolves when the last one has left. */
  drain(): Promise<void> {
    this.#isDraining = true;
    if (this.#inProgress === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #leave(): void {
    this.#inProgress--;
    this.#done++;
    if (this.#inProgress === 0) this.#onIdle?.();
  }

  /** Whole seconds until those who are in should be done, at the rate of this busy period. */
  #retryAfterS(): number {
    if (this.#done === 0) return FIRST_RETRY_AFTER_S;
    const msPerPhoto = (this.#nowMs() - this.#busySinceMs) / this.#done;
    const seconds = Math.ceil((msPerPhoto * this.#inProgress) / 1000);
    return Math.min(Math.max(seconds, 1), MAX_RETRY_AFTER_S);
  }
}

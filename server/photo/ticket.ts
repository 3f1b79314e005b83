import { ProblemError } from '../problem.ts';
import type { PhotoJob, PhotoResult } from './job.ts';

/** What the caller gets: the result, and how long the photo waited for a worker. */
export interface PoolResult extends PhotoResult {
  readonly queueMs: number;
}

export interface Limits {
  /** From now on; waiting counts. */
  readonly timeoutMs: number;
  /** Aborted when nobody waits for the result any more. */
  readonly signal: AbortSignal;
}

interface Settle {
  readonly resolve: (result: PoolResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A photo on its way through the pool. It settles once: by its result, at its deadline, or when
 * its caller goes away. The deadline holds for the worker even when nobody waits any more.
 */
export class Ticket {
  readonly job: PhotoJob;
  readonly result: Promise<PoolResult>;
  /** Workers that have been given the photo. */
  attempts = 0;
  readonly #enqueuedMs = performance.now();
  #startedMs = 0;
  /** Defined while a worker has the photo. */
  #onExpire: (() => void) | undefined;
  /** Gone once the ticket has settled. */
  #settle: Settle | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #forgetCaller: () => void;

  constructor(job: PhotoJob, { timeoutMs, signal }: Limits) {
    this.job = job;
    this.result = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#timer = setTimeout(() => this.#expire(timeoutMs), timeoutMs);
    const onAbort = () => this.fail(new Error('the caller has gone', { cause: signal.reason }));
    this.#forgetCaller = () => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  }

  /** True once the caller has an answer: no worker need be troubled any more. */
  get isSettled(): boolean {
    return this.#settle === undefined;
  }

  /**
   * A worker gets the photo.
   *
   * @param onExpire called when the deadline passes before `leaveWorker`
   */
  enterWorker(onExpire: () => void): void {
    this.attempts++;
    this.#startedMs = performance.now();
    this.#onExpire = onExpire;
  }

  /** The worker has answered or ended. */
  leaveWorker(): void {
    this.#onExpire = undefined;
    if (this.isSettled) clearTimeout(this.#timer);
  }

  complete(result: PhotoResult): void {
    this.#finish()?.resolve({ ...result, queueMs: this.#startedMs - this.#enqueuedMs });
  }

  fail(error: Error): void {
    this.#finish()?.reject(error);
  }

  #expire(timeoutMs: number): void {
    this.fail(
      new ProblemError(
        'DEADLINE_EXCEEDED',
        `the makeover was not done within ${timeoutMs} ms: try again later, or send a smaller photo`,
      ),
    );
    this.#onExpire?.();
  }

  #finish(): Settle | undefined {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#forgetCaller();
    if (this.#onExpire === undefined) clearTimeout(this.#timer);
    return settle;
  }
}

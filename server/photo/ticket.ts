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
 * its caller goes away; whoever works on it then learns that through `onExpire`.
 */
export class Ticket {
  readonly job: PhotoJob;
  readonly result: Promise<PoolResult>;
  /** Workers that have been given the photo. */
  attempts = 0;
  /** Called when the deadline passes while the photo is in work. */
  onExpire: (() => void) | undefined;
  readonly #enqueuedMs = performance.now();
  #startedMs = 0;
  /** Gone once the ticket has settled. */
  #settle: Settle | undefined;
  readonly #release: () => void;

  constructor(job: PhotoJob, { timeoutMs, signal }: Limits) {
    this.job = job;
    this.result = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    const timer = setTimeout(() => this.#expire(timeoutMs), timeoutMs);
    const onAbort = () => this.fail(new Error('the caller has gone', { cause: signal.reason }));
    this.#release = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  }

  /** True once the caller has an answer: no worker need be troubled any more. */
  get isSettled(): boolean {
    return this.#settle === undefined;
  }

  start(): void {
    this.attempts++;
    this.#startedMs = performance.now();
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
    this.onExpire?.();
  }

  #finish(): Settle | undefined {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#release();
    return settle;
  }
}

import { ProblemError } from '../problem.ts';
import { decodedBytes } from './decode-budget.ts';
import type { PhotoJob, PhotoResult, ResultOf } from './job.ts';
import type { Lane } from './lanes.ts';

/** What the caller gets: the result, and how long the photo waited for a worker. */
export type PoolResult<J extends PhotoJob = PhotoJob> = ResultOf<J> & { readonly queueMs: number };

export interface RunOptions {
  readonly lane: Lane;
  /** From now on; waiting counts. */
  readonly timeoutMs: number;
  /** Aborted when nobody waits for the result any more. */
  readonly signal: AbortSignal;
  /** Width x height, as the file's header says. */
  readonly pixels: number;
  /** SHA-256 of the file, in hexadecimal digits. */
  readonly contentHash: string;
}

interface Settle {
  readonly resolve: (result: PoolResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A photo on its way through the pool. It settles once: by its result, at its deadline, or when
 * its caller goes away.
 */
export class Ticket {
  readonly job: PhotoJob;
  readonly lane: Lane;
  readonly decodedBytes: number;
  readonly contentHash: string;
  readonly result: Promise<PoolResult>;
  /** Workers that have been given the photo. */
  attempts = 0;
  /** Where the photo was when its deadline passed or its caller went away. */
  droppedIn: 'queue' | 'work' | undefined;
  readonly #enqueuedMs = performance.now();
  #startedMs = 0;
  /** Defined while a worker has the photo. */
  #onDrop: (() => void) | undefined;
  /** Gone once the ticket has settled. */
  #settle: Settle | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #forgetCaller: () => void;

  constructor(job: PhotoJob, { lane, timeoutMs, signal, pixels, contentHash }: RunOptions) {
    this.job = job;
    this.lane = lane;
    this.decodedBytes = decodedBytes(job.file, pixels);
    this.contentHash = contentHash;
    this.result = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#timer = setTimeout(() => this.#drop(deadlineExceeded(timeoutMs)), timeoutMs);
    const onAbort = () => this.#drop(new Error('the caller has gone', { cause: signal.reason }));
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
   * @param onDrop called when nobody waits for the result any more before `leaveWorker`
   */
  enterWorker(onDrop: () => void): void {
    this.attempts++;
    this.#startedMs = performance.now();
    this.#onDrop = onDrop;
  }

  /** The worker has answered or ended. */
  leaveWorker(): void {
    this.#onDrop = undefined;
  }

  complete(result: PhotoResult): void {
    this.#finish()?.resolve({ ...result, queueMs: this.#startedMs - this.#enqueuedMs });
  }

  fail(error: Error): void {
    this.#finish()?.reject(error);
  }

  #drop(error: Error): void {
    if (this.isSettled) return;
    this.droppedIn = this.#onDrop === undefined ? 'queue' : 'work';
    this.fail(error);
    this.#onDrop?.();
  }

  #finish(): Settle | undefined {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#forgetCaller();
    clearTimeout(this.#timer);
    return settle;
  }
}

/** The problem of a makeover that took longer than its client, or the service, waits. */
export function deadlineExceeded(timeoutMs: number): ProblemError {
  return new ProblemError(
    'DEADLINE_EXCEEDED',
    `the photo was not done within ${Math.round(timeoutMs)} ms: try again later, or send a ` +
      'smaller photo',
  );
}

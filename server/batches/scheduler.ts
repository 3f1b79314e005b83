import type { Logger } from '../logger.ts';
import { ProblemError } from '../problem.ts';
import type { Batch, BatchItem } from './batch.ts';
import type { BatchStore, ResultFacts } from './batch-store.ts';

/** What a worker made of a photo. */
export interface WorkedItem {
  readonly file: Uint8Array;
  readonly facts: ResultFacts;
}

/** The client has no budget left for a photo: it is that photo's turn again later. */
export class BudgetWait extends Error {
  override readonly name = 'BudgetWait';
  readonly waitMs: number;

  constructor(waitMs: number) {
    super(`the client's budget lasts again in ${waitMs} ms`);
    this.waitMs = waitMs;
  }
}

export interface SchedulerOptions {
  readonly store: BatchStore;
  /** Items in work at a time. */
  readonly slots: number;
  /** Makes an item's photo over; rejects with a ProblemError, a BudgetWait, or another error. */
  readonly work: (batch: Batch, item: BatchItem, signal: AbortSignal) => Promise<WorkedItem>;
  readonly logger: Logger;
}

/** After the store has failed, which a full disk makes it do, nothing is begun for so long. */
const STORE_PAUSE_MS = 5000;

/**
 * Has the items of all batches worked on, a few at a time, the batches taking turns. What ends an
 * item is its result or its problem; an item that a stop, the store or the budget interrupts waits
 * again.
 */
export class BatchScheduler {
  readonly #options: SchedulerOptions;
  /** Batches with items that wait, the one whose turn it is first. */
  readonly #turns = new Set<Batch>();
  /** Items in work, each with what ends it early. */
  readonly #inWork = new Map<
    BatchItem,
    { readonly batch: Batch; readonly abort: AbortController }
  >();
  /** Until when a client's items must wait, by `performance.now`. */
  readonly #resumeAtMs = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isPaused = false;
  #isStopping = false;
  #onIdle: (() => void) | undefined;
  #unsubscribe: () => void = () => {};

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Takes up all items that wait, and from now on those that come. */
  start(): void {
    const { store } = this.#options;
    this.#unsubscribe = store.subscribe((batch) => this.#notice(batch));
    for (const batch of store.batches) if (batch.queued.size > 0) this.#turns.add(batch);
    this.#begin();
  }

  /** Begins nothing more; resolves when what is in work has ended. */
  drain(): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#inWork.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** Gives up what is in work: it waits for the next start of the service. */
  stop(): void {
    this.#isStopping = true;
    this.#unsubscribe();
    for (const { abort } of this.#inWork.values()) abort.abort();
  }

  #notice(batch: Batch): void {
    if (batch.queued.size > 0) this.#turns.add(batch);
    for (const [item, work] of this.#inWork) {
      if (work.batch === batch && item.state !== 'running') work.abort.abort();
    }
    this.#begin();
  }

  #begin(): void {
    while (!this.#isStopping && !this.#isPaused && this.#inWork.size < this.#options.slots) {
      const turn = this.#takeTurn();
      if (turn === undefined) return;
      const { batch, item } = turn;
      const abort = new AbortController();
      this.#inWork.set(item, { batch, abort });
      batch.start(item);
      void this.#work(batch, item, abort.signal);
      this.#options.store.announce(batch);
    }
  }

  #takeTurn(): { readonly batch: Batch; readonly item: BatchItem } | undefined {
    for (const batch of this.#turns) {
      if (this.#mustWait(batch.head.clientId)) continue;
      this.#turns.delete(batch);
      const [number = 0] = batch.queued;
      const item = batch.item(number);
      if (item === undefined) continue;
      if (batch.queued.size > 1) this.#turns.add(batch);
      return { batch, item };
    }
    return undefined;
  }

  async #work(batch: Batch, item: BatchItem, signal: AbortSignal): Promise<void> {
    try {
      await this.#finish(batch, item, signal);
    } catch (error) {
      batch.putBack(item);
      if (error instanceof BudgetWait) this.#postpone(batch.head.clientId, error.waitMs);
      else if (!signal.aborted && !this.#isStopping) this.#pause(error);
    }
    this.#inWork.delete(item);
    this.#options.store.announce(batch);
    if (this.#inWork.size === 0) this.#onIdle?.();
  }

  async #finish(batch: Batch, item: BatchItem, signal: AbortSignal): Promise<void> {
    const { store, work } = this.#options;
    let worked: WorkedItem;
    try {
      worked = await work(batch, item, signal);
    } catch (error) {
      if (error instanceof BudgetWait || signal.aborted || this.#isStopping) throw error;
      await store.fail(batch, item, this.#toProblem(error));
      return;
    }
    await store.succeed(batch, item, worked.file, worked.facts);
  }

  #toProblem(error: unknown): NonNullable<BatchItem['problem']> {
    if (error instanceof ProblemError) return { code: error.code, detail: error.message };
    const stack = error instanceof Error ? error.stack : String(error);
    this.#options.logger.error({ error: stack }, 'a photo of a batch failed');
    return { code: 'INTERNAL', detail: 'the service failed: its log has the reason' };
  }

  #mustWait(clientId: string): boolean {
    return (this.#resumeAtMs.get(clientId) ?? 0) > performance.now();
  }

  #postpone(clientId: string, waitMs: number): void {
    this.#resumeAtMs.set(clientId, performance.now() + waitMs);
    this.#later(waitMs, () => {
      if (!this.#mustWait(clientId)) this.#resumeAtMs.delete(clientId);
    });
  }

  #pause(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn({ error: reason }, 'the store of batches failed: they wait');
    this.#isPaused = true;
    this.#later(STORE_PAUSE_MS, () => {
      this.#isPaused = false;
    });
  }

  #later(waitMs: number, task: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      task();
      this.#begin();
    }, Math.ceil(waitMs) + 1);
    this.#timers.add(timer);
  }
}

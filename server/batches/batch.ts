import type {
  BatchItemProblem,
  BatchItemState,
  BatchItemView,
  BatchState,
  BatchView,
} from '../../models/contract/api/batches.ts';
import { CompletionRate } from './completion-rate.ts';
import { expectedResultBytes, RECORD_BYTES } from './disk-room.ts';
import type { BatchHead, BatchRecord, StoredFile, StoredResult } from './records.ts';
import { ResultNames } from './result-names.ts';

/** One photo of a batch. */
export interface BatchItem {
  readonly number: number;
  readonly name: string;
  state: BatchItemState;
  readonly input: StoredFile;
  result?: StoredResult & { readonly name: string };
  problem?: BatchItemProblem;
  /** Of the last record that changed it. */
  sequence: number;
}

/** A batch as its records make it. All that is known is kept here, but for the files' content. */
export class Batch {
  readonly head: BatchHead;
  readonly items: BatchItem[] = [];
  /** Numbers of the items that wait, those that came first first. */
  readonly queued = new Set<number>();
  readonly counts: Record<BatchItemState, number> = {
    queued: 0,
    running: 0,
    succeeded: 0,
    failed: 0,
    canceled: 0,
  };
  /** Number of records so far. */
  sequence = 0;
  /** What its files take on the disk, with room for the results to come. */
  heldBytes = RECORD_BYTES;
  #isSealed = false;
  #isCanceled = false;
  #changedAtMs: number;
  readonly #resultNames = new ResultNames();
  readonly #rate = new CompletionRate();

  constructor(head: BatchHead) {
    this.head = head;
    this.#changedAtMs = head.createdAtMs;
  }

  get id(): string {
    return this.head.id;
  }

  get state(): BatchState {
    if (this.#isCanceled) return 'canceled';
    if (!this.#isSealed) return 'open';
    return this.#isIdle ? 'completed' : 'running';
  }

  /** Whether nothing will change any more unless somebody wishes it. */
  get hasEnded(): boolean {
    return ['completed', 'canceled'].includes(this.state);
  }

  /** When the batch is to be removed; undefined while it has work. */
  expiresAtMs(ttlMs: number): number | undefined {
    return this.#isIdle || this.#isCanceled ? this.#changedAtMs + ttlMs : undefined;
  }

  /** Names of all files that it needs. */
  get files(): ReadonlySet<string> {
    return new Set(
      this.items.flatMap((item) => [
        ...(needsInput(item) ? [item.input.file] : []),
        ...(item.result ? [item.result.file] : []),
      ]),
    );
  }

  /** @returns undefined when there is no such item */
  item(number: number): BatchItem | undefined {
    return this.items[number - 1];
  }

  /** The item of this name with this content; undefined when there is none. */
  find(name: string, sha256: string): BatchItem | undefined {
    return this.items.find((item) => item.name === name && item.input.sha256 === sha256);
  }

  /** Takes a record up that is safe in the journal. */
  apply(record: Exclude<BatchRecord, { readonly type: 'created' }>): void {
    this.sequence++;
    this.#changedAtMs = record.atMs;
    switch (record.type) {
      case 'item':
        this.#add(record.name, record.input);
        break;
      case 'sealed':
        this.#isSealed = true;
        break;
      case 'succeeded':
        this.#change(record.number, (item) => {
          item.result = {
            ...record.result,
            name: this.#resultNames.take(item.name, record.result.format),
          };
          this.#rate.add(record.atMs);
          return 'succeeded';
        });
        break;
      case 'failed':
        this.#change(record.number, (item) => {
          item.problem = { code: record.code, detail: record.detail };
          this.#rate.add(record.atMs);
          return 'failed';
        });
        break;
      case 'retried':
        for (const { number, state } of this.items) {
          if (state === 'failed') this.#change(number, requeue);
        }
        break;
      case 'canceled':
        this.#isCanceled = true;
        for (const { number, state } of this.items) {
          if (state === 'queued' || state === 'running') this.#change(number, () => 'canceled');
        }
    }
  }

  /** A worker gets the item. That is no record: after a crash the item waits again. */
  start(item: BatchItem): void {
    this.#move(item, 'running');
  }

  /** The item waits again, before all others. */
  putBack(item: BatchItem): void {
    if (item.state !== 'running') return;
    const others = [...this.queued];
    this.queued.clear();
    this.#move(item, 'queued');
    for (const number of others) this.queued.add(number);
  }

  view(ttlMs: number): BatchView {
    const { id, createdAtMs, parameters } = this.head;
    const expiresAtMs = this.expiresAtMs(ttlMs);
    const etaS = this.#etaS();
    return {
      id,
      state: this.state,
      createdAt: toIso(createdAtMs),
      ...(this.hasEnded && { endedAt: toIso(this.#changedAtMs) }),
      ...(expiresAtMs !== undefined && { expiresAt: toIso(expiresAtMs) }),
      parameters,
      items: this.items.length,
      counts: { ...this.counts },
      ...(etaS !== undefined && { etaS }),
    };
  }

  get #isIdle(): boolean {
    return this.counts.queued + this.counts.running === 0;
  }

  #etaS(): number | undefined {
    const perS = this.#rate.perS(Date.now());
    const left = this.counts.queued + this.counts.running;
    return left === 0 || perS === undefined ? undefined : Math.ceil(left / perS);
  }

  #add(name: string, input: StoredFile): void {
    const number = this.items.length + 1;
    const item: BatchItem = { number, name, state: 'queued', input, sequence: this.sequence };
    this.items.push(item);
    this.counts.queued++;
    this.queued.add(number);
    this.heldBytes += this.#bytesOf(item);
  }

  #change(number: number, change: (item: BatchItem) => BatchItemState): void {
    const item = this.item(number);
    if (item === undefined) throw new Error(`batch ${this.id} has no item ${number}`);
    // It ended while the cancellation was being written, which its client has been told of.
    if (item.state === 'canceled') return;
    this.heldBytes -= this.#bytesOf(item);
    this.#move(item, change(item));
    item.sequence = this.sequence;
    this.heldBytes += this.#bytesOf(item);
  }

  #move(item: BatchItem, state: BatchItemState): void {
    this.counts[item.state]--;
    this.queued.delete(item.number);
    item.state = state;
    this.counts[state]++;
    if (state === 'queued') this.queued.add(item.number);
  }

  #bytesOf(item: BatchItem): number {
    const input = needsInput(item)
      ? item.input.bytes + expectedResultBytes(item.input.bytes, this.head.parameters['format'])
      : 0;
    return RECORD_BYTES + input + (item.result?.bytes ?? 0);
  }
}

/** Whether the item may be worked on, now or when it is tried again. */
export function needsInput({ state }: BatchItem): boolean {
  return state === 'queued' || state === 'running' || state === 'failed';
}

function requeue(item: BatchItem): BatchItemState {
  delete item.problem;
  return 'queued';
}

/** An item as clients see it. */
export function viewItem({
  number,
  name,
  state,
  input,
  result,
  problem,
}: BatchItem): BatchItemView {
  return {
    number,
    name,
    state,
    bytes: input.bytes,
    sha256: input.sha256,
    ...(result && {
      result: {
        name: result.name,
        bytes: result.bytes,
        faces: result.faces,
        model: result.model,
      },
    }),
    ...(problem && { problem }),
  };
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

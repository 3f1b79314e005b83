import type { TensorMap } from '../../models/contract/tensor.ts';
import type { Lane } from '../photo/lanes.ts';
import type { BatchSettings, BatchStats, ReleaseReason } from './messages.ts';
import { countRows, joinRows, type Rows, shapeKey, sliceRows } from './tensor-batch.ts';

/** What one photo wants to be run. */
export interface BatchRequest {
  readonly feeds: TensorMap;
  readonly lane: Lane;
  /** It shares no batch with others. */
  readonly isAlone: boolean;
  /** False once nobody waits for the answer. */
  readonly isWanted: () => boolean;
}

export interface BatcherOptions extends BatchSettings {
  /** Runs a batch; not called again before it has settled. */
  readonly run: (feeds: TensorMap) => Promise<TensorMap>;
  /** Whether anyone is left who could add to the next batch. */
  readonly canGrow: () => boolean;
  readonly onBatch: (stats: BatchStats) => void;
}

/** A batch's photo that has waited so long counts as interactive: it holds a photo worker. */
const PATIENCE_MS = 250;

interface Entry extends BatchRequest {
  readonly key: string;
  readonly rows: number;
  readonly enqueuedMs: number;
  readonly resolve: (outputs: TensorMap) => void;
  readonly reject: (error: Error) => void;
  /** Rows that have gone into a batch. */
  taken: number;
  readonly answers: TensorMap[];
}

interface Part extends Rows {
  readonly entry: Entry;
}

interface Plan {
  readonly parts: readonly Part[];
  readonly faces: number;
  readonly oldestMs: number;
  readonly isAlone: boolean;
}

/**
 * Forms batches of the requests to one model: interactive requests first; those of batches fill
 * what would be padding, or have the batch to themselves. One runs while the next gathers.
 */
export class Batcher {
  readonly #options: BatcherOptions;
  readonly #largest: number;
  #waiting: Entry[] = [];
  #runningSinceMs: number | undefined;
  #running: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#largest = options.buckets.at(-1) ?? 1;
  }

  /** How long the batch in work has been running, 0 when there is none. */
  get runningMs(): number {
    return this.#runningSinceMs === undefined ? 0 : performance.now() - this.#runningSinceMs;
  }

  /** Rejects with an Error when the feeds have no common first dim, or with the run's own. */
  run(request: BatchRequest): Promise<TensorMap> {
    return new Promise((resolve, reject) => {
      const { feeds } = request;
      const [key, rows] = [shapeKey(feeds), countRows(feeds)];
      const enqueuedMs = performance.now();
      this.#waiting.push({
        ...request,
        key,
        rows,
        enqueuedMs,
        resolve,
        reject,
        taken: 0,
        answers: [],
      });
      this.release();
    });
  }

  /** Starts the next batch if it need not wait; to be called when `canGrow` may have changed. */
  release(): void {
    clearTimeout(this.#timer);
    if (this.#runningSinceMs !== undefined) return;
    this.#waiting = this.#waiting.filter(({ isWanted }) => isWanted());
    const plan = this.#plan();
    if (plan === undefined) return;
    const waitMs = this.#options.maxDelayMs - (performance.now() - plan.oldestMs);
    const reason = this.#reasonFor(plan, waitMs);
    if (reason !== undefined) this.#running = this.#runBatch(plan, reason);
    else this.#timer = setTimeout(() => this.release(), Math.ceil(waitMs));
  }

  /** Resolves when the batch in work is done; what waits fails. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('the model was released'));
    await this.#running;
  }

  #reasonFor({ faces, isAlone }: Plan, waitMs: number): ReleaseReason | undefined {
    if (faces >= this.#largest) return 'full';
    if (isAlone || !this.#options.canGrow()) return 'idle';
    return waitMs <= 0 ? 'deadline' : undefined;
  }

  #plan(): Plan | undefined {
    const nowMs = performance.now();
    const isUrgent = ({ lane, enqueuedMs }: Entry): boolean =>
      lane === 'interactive' || nowMs - enqueuedMs >= PATIENCE_MS;
    const urgent = this.#waiting.filter(isUrgent);
    const ordered = [...urgent, ...this.#waiting.filter((entry) => !isUrgent(entry))];
    const [first] = ordered;
    if (first === undefined) return undefined;
    const fits = (entry: Entry): boolean =>
      entry === first || (!first.isAlone && !entry.isAlone && entry.key === first.key);
    const urgentRows = urgent.filter(fits).reduce((sum, { rows, taken }) => sum + rows - taken, 0);
    const limit = urgentRows === 0 ? this.#largest : this.#bucketFor(urgentRows);
    const parts: Part[] = [];
    let faces = 0;
    for (const entry of ordered.filter(fits)) {
      const count = Math.min(entry.rows - entry.taken, limit - faces);
      if (count === 0) break;
      parts.push({ entry, feeds: entry.feeds, start: entry.taken, count });
      faces += count;
    }
    const oldestMs = Math.min(...parts.map(({ entry }) => entry.enqueuedMs));
    return { parts, faces, oldestMs, isAlone: first.isAlone };
  }

  async #runBatch({ parts, faces }: Plan, reason: ReleaseReason): Promise<void> {
    const bucket = this.#bucketFor(faces);
    for (const { entry, count } of parts) entry.taken += count;
    this.#waiting = this.#waiting.filter(({ taken, rows }) => taken < rows);
    this.#runningSinceMs = performance.now();
    this.#options.onBatch({ reason, faces, bucket });
    try {
      answer(parts, await this.#options.run(joinRows(parts, bucket)));
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      const failed = new Set(parts.map(({ entry }) => entry));
      this.#waiting = this.#waiting.filter((entry) => !failed.has(entry));
      for (const entry of failed) entry.reject(failure);
    } finally {
      this.#runningSinceMs = undefined;
      this.release();
    }
  }

  #bucketFor(faces: number): number {
    return this.#options.buckets.find((size) => size >= faces) ?? this.#largest;
  }
}

/** Gives every request its rows; what comes last of one that was split completes it. */
function answer(parts: readonly Part[], outputs: TensorMap): void {
  let row = 0;
  for (const { entry, count } of parts) {
    entry.answers.push(sliceRows(outputs, row, count));
    row += count;
    if (entry.answers.reduce((sum, rows) => sum + countRows(rows), 0) < entry.rows) continue;
    entry.resolve(joinAnswers(entry));
  }
}

function joinAnswers({ answers, rows }: Entry): TensorMap {
  const [only] = answers;
  if (answers.length === 1 && only !== undefined) return only;
  const parts = answers.map((feeds) => ({ feeds, start: 0, count: countRows(feeds) }));
  return joinRows(parts, rows);
}

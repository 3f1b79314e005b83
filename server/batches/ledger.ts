import { join } from 'node:path';
import type { Logger } from '../logger.ts';
import { ProblemError } from '../problem.ts';
import { Batch } from './batch.ts';
import type { FolderFiles } from './batch-files.ts';
import { type DiskRoom, toStorageError } from './disk-room.ts';
import { Journal } from './journal.ts';
import type { BatchHead, BatchRecord } from './records.ts';

type LaterRecord = Exclude<BatchRecord, { readonly type: 'created' }>;

interface Entry {
  readonly journal: Journal<BatchRecord>;
  /** Undefined until its first record. */
  batch: Batch | undefined;
}

const JOURNAL = 'journal.jsonl';

/**
 * All batches, each with its journal beside its files. A journal is never rewritten: it has two
 * short lines for a photo and goes with its batch, so that shortening it would win little and be
 * one more thing that a crash can interrupt.
 */
export class Ledger {
  readonly #files: FolderFiles;
  readonly #room: DiskRoom;
  readonly #logger: Logger;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(batch: Batch) => void>();

  /** @param room that the batches' files and journals take of */
  constructor(files: FolderFiles, room: DiskRoom, logger: Logger) {
    this.#files = files;
    this.#room = room;
    this.#logger = logger;
  }

  get batches(): Batch[] {
    return [...this.#entries.values()].flatMap(({ batch }) => batch ?? []);
  }

  find(id: string): Batch | undefined {
    return this.#entries.get(id)?.batch;
  }

  /** Takes up the batches of before, and removes what no client was promised. */
  async load(): Promise<void> {
    for (const id of await this.#files.list()) {
      const entry = this.#createEntry(id);
      try {
        await entry.journal.replay();
      } catch (error) {
        await this.#dropUnreadable(id, error);
        continue;
      }
      if (entry.batch === undefined) continue;
      this.#entries.set(id, entry);
      await this.#files.removeOthers(id, new Set([JOURNAL, ...entry.batch.files]));
    }
  }

  /**
   * Makes a batch in its folder, which is there.
   *
   * @throws ProblemError STORAGE_FULL
   */
  async begin(head: BatchHead, records: readonly LaterRecord[]): Promise<Batch> {
    const entry = this.#createEntry(head.id);
    await entry.journal.begin([{ type: 'created', ...head }, ...records]).catch(throwStorageError);
    const { batch } = entry;
    if (batch === undefined) throw new Error('the journal of a batch has no first record');
    this.#entries.set(head.id, entry);
    this.announce(batch);
    return batch;
  }

  /**
   * Changes a batch.
   *
   * @throws ProblemError STORAGE_FULL, or BATCH_NOT_FOUND when it has been removed
   */
  async record({ id }: Batch, record: LaterRecord): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry?.batch === undefined) throw new ProblemError('BATCH_NOT_FOUND', 'it was removed');
    await entry.journal.append(record).catch(throwStorageError);
    this.announce(entry.batch);
  }

  async remove(batch: Batch): Promise<void> {
    if (!this.#entries.delete(batch.id)) return;
    await this.#files.removeFolder(batch.id);
    this.#room.adjust(-batch.heldBytes);
    this.announce(batch);
  }

  subscribe(listener: (batch: Batch) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  announce(batch: Batch): void {
    for (const listener of this.#listeners) listener(batch);
  }

  #createEntry(id: string): Entry {
    const path = join(this.#files.folder(id), JOURNAL);
    const journal = new Journal<BatchRecord>(path, (record) => {
      const before = entry.batch?.heldBytes ?? 0;
      if (record.type === 'created') entry.batch = new Batch(record);
      else entry.batch?.apply(record);
      this.#room.adjust((entry.batch?.heldBytes ?? 0) - before);
    });
    const entry: Entry = { journal, batch: undefined };
    return entry;
  }

  async #dropUnreadable(id: string, error: unknown): Promise<void> {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // What has no journal was still being received: its client has no answer.
    if (code === 'ENOENT') return this.#files.removeFolder(id);
    this.#logger.error({ batch: id, error: String(error) }, 'a batch cannot be read: set aside');
    return this.#files.setFolderAside(id);
  }
}

function throwStorageError(error: unknown): never {
  throw toStorageError(error);
}

import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { BatchItemProblem } from '../../models/contract/api/batches.ts';
import type { Logger } from '../logger.ts';
import { ProblemError } from '../problem.ts';
import type { Batch, BatchItem } from './batch.ts';
import { type ByteRange, FolderFiles, type PhotoBytes } from './batch-files.ts';
import type { BatchDraft, BatchStore, NewBatch, ResultFacts } from './batch-store.ts';
import { DiskRoom, expectedResultBytes, RECORD_BYTES, toStorageError } from './disk-room.ts';
import { Ledger } from './ledger.ts';
import type { BatchRecord, StoredFile, StoredResult } from './records.ts';

export interface FolderStoreOptions {
  /** Of our own; it need not exist yet. */
  readonly folder: string;
  readonly maxBytes: number;
  readonly maxItems: number;
  readonly logger: Logger;
}

type ItemRecord = Extract<BatchRecord, { readonly type: 'item' }>;

const ID_BYTES = 16;

/** Batches in a folder of this machine. */
export class FolderStore implements BatchStore {
  readonly #maxItems: number;
  readonly #files: FolderFiles;
  readonly #room: DiskRoom;
  readonly #ledger: Ledger;

  constructor({ folder, maxBytes, maxItems, logger }: FolderStoreOptions) {
    this.#maxItems = maxItems;
    this.#files = new FolderFiles(folder);
    this.#room = new DiskRoom(maxBytes);
    this.#ledger = new Ledger(this.#files, this.#room, logger);
  }

  get batches(): readonly Batch[] {
    return this.#ledger.batches;
  }

  /** What is taken of the room for batches. */
  get usedBytes(): number {
    return this.#room.usedBytes;
  }

  /** Takes up what a process before has left. */
  load(): Promise<void> {
    return this.#ledger.load();
  }

  find(id: string): Batch | undefined {
    return this.#ledger.find(id);
  }

  async draft(): Promise<BatchDraft> {
    const id = newId();
    const items: ItemRecord[] = [];
    let takenBytes = 0;
    let isCommitted = false;
    await this.#createFolder(id);
    return {
      get length() {
        return items.length;
      },
      add: async (name, content) => {
        this.#requireFewer(items.length);
        const input = await this.#receive(id, content);
        takenBytes += input.bytes;
        const promisedBytes = RECORD_BYTES + expectedResultBytes(input.bytes, undefined);
        this.#room.take(promisedBytes);
        takenBytes += promisedBytes;
        items.push(itemRecord(name, input));
      },
      commit: async (batch) => {
        const head = { ...batch, id, createdAtMs: Date.now() };
        const sealed = { type: 'sealed', atMs: Date.now() } as const;
        const begun = await this.#ledger.begin(head, [...items, sealed]);
        isCommitted = true;
        this.#room.adjust(-takenBytes);
        return begun;
      },
      discard: async () => {
        if (isCommitted) return;
        this.#room.adjust(-takenBytes);
        await this.#files.removeFolder(id);
      },
    };
  }

  async open(batch: NewBatch): Promise<Batch> {
    this.#room.require(RECORD_BYTES);
    const head = { ...batch, id: newId(), createdAtMs: Date.now() };
    await this.#createFolder(head.id);
    try {
      return await this.#ledger.begin(head, []);
    } catch (error) {
      await this.#files.removeFolder(head.id);
      throw error;
    }
  }

  async addItem(batch: Batch, name: string, content: PhotoBytes): Promise<BatchItem> {
    requireOpen(batch);
    this.#requireFewer(batch.items.length);
    const input = await this.#receive(batch.id, content);
    try {
      if (batch.find(name, input.sha256) === undefined) {
        requireOpen(batch);
        const { format } = batch.head.parameters;
        this.#room.require(RECORD_BYTES + expectedResultBytes(input.bytes, format));
        await this.#ledger.record(batch, itemRecord(name, input));
      }
      const item = batch.find(name, input.sha256);
      if (item === undefined) throw new Error('the item is not in its batch');
      if (item.input !== input) await this.#files.remove(batch.id, input.file);
      return item;
    } catch (error) {
      await this.#files.remove(batch.id, input.file);
      throw error;
    } finally {
      this.#room.adjust(-input.bytes);
    }
  }

  async seal(batch: Batch): Promise<void> {
    if (batch.state !== 'open') return;
    await this.#ledger.record(batch, { type: 'sealed', atMs: Date.now() });
  }

  async retry(batch: Batch): Promise<void> {
    if (batch.counts.failed === 0) return;
    await this.#ledger.record(batch, { type: 'retried', atMs: Date.now() });
  }

  async cancel(batch: Batch): Promise<void> {
    await this.#ledger.record(batch, { type: 'canceled', atMs: Date.now() });
    const canceled = batch.items.filter(({ state }) => state === 'canceled');
    await Promise.all(canceled.map(({ input }) => this.#files.remove(batch.id, input.file)));
  }

  remove(batch: Batch): Promise<void> {
    return this.#ledger.remove(batch);
  }

  readInput({ id }: Batch, { input }: BatchItem): Promise<Buffer> {
    return this.#files.read(id, input.file);
  }

  streamResult({ id }: Batch, { file }: StoredResult, range: ByteRange): Readable {
    return this.#files.stream(id, file, range);
  }

  async succeed(
    batch: Batch,
    item: BatchItem,
    file: Uint8Array,
    facts: ResultFacts,
  ): Promise<void> {
    const promisedBytes = expectedResultBytes(item.input.bytes, batch.head.parameters['format']);
    try {
      this.#room.require(Math.max(0, file.length - promisedBytes));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      await this.fail(batch, item, { code: error.code, detail: error.message });
      return;
    }
    // Its room was promised when the photo was accepted.
    const stored = await this.#files.write(batch.id, [file]).catch(throwStorageError);
    const { number } = item;
    const result = { ...stored, ...facts };
    if (item.state === 'running') {
      await this.#ledger.record(batch, { type: 'succeeded', number, result, atMs: Date.now() });
    }
    const isKept = item.result?.file === stored.file;
    await this.#files.remove(batch.id, isKept ? item.input.file : stored.file);
  }

  async fail(batch: Batch, item: BatchItem, { code, detail }: BatchItemProblem): Promise<void> {
    if (item.state !== 'running') return;
    const { number } = item;
    await this.#ledger.record(batch, { type: 'failed', number, code, detail, atMs: Date.now() });
  }

  subscribe(listener: (batch: Batch) => void): () => void {
    return this.#ledger.subscribe(listener);
  }

  announce(batch: Batch): void {
    this.#ledger.announce(batch);
  }

  #requireFewer(items: number): void {
    if (items < this.#maxItems) return;
    throw new ProblemError(
      'BATCH_TOO_LARGE',
      `a batch has at most ${this.#maxItems} items: send the others in another batch`,
    );
  }

  async #createFolder(id: string): Promise<void> {
    await this.#files.createFolder(id).catch(throwStorageError);
  }

  /** Stores what comes, as long as there is room for it; the room stays taken. */
  async #receive(id: string, content: PhotoBytes): Promise<StoredFile> {
    const room = this.#room;
    let takenBytes = 0;
    const counted = async function* () {
      for await (const chunk of content) {
        room.take(chunk.length);
        takenBytes += chunk.length;
        yield chunk;
      }
    };
    try {
      return await this.#files.write(id, counted());
    } catch (error) {
      room.adjust(-takenBytes);
      throw toStorageError(error);
    }
  }
}

function newId(): string {
  return randomBytes(ID_BYTES).toString('hex');
}

function itemRecord(name: string, input: StoredFile): ItemRecord {
  return { type: 'item', name, input, atMs: Date.now() };
}

function requireOpen({ state }: Batch): void {
  if (state === 'open') return;
  throw new ProblemError('BATCH_SEALED', 'the batch takes no more items: begin another one');
}

function throwStorageError(error: unknown): never {
  throw toStorageError(error);
}

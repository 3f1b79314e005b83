import type { Readable } from 'node:stream';
import type { BatchItemProblem } from '../../models/contract/api/batches.ts';
import type { Batch, BatchItem } from './batch.ts';
import type { ByteRange, PhotoBytes } from './batch-files.ts';
import type { BatchHead, StoredFile, StoredResult } from './records.ts';

/** What is known of a batch before it is one. */
export type NewBatch = Omit<BatchHead, 'id' | 'createdAtMs'>;

/** Takes photos as they come in. */
export interface PhotoSink {
  /** @throws ProblemError STORAGE_FULL or BATCH_TOO_LARGE */
  add(name: string, content: PhotoBytes): Promise<void>;
}

/** A batch that is being received: nobody sees it yet, and after a crash it has never been. */
export interface BatchDraft extends PhotoSink {
  /** Number of photos so far. */
  readonly length: number;
  /** Makes it a sealed batch. */
  commit(batch: NewBatch): Promise<Batch>;
  /** Removes what has been received; after `commit` it does nothing. */
  discard(): Promise<void>;
}

/** What a worker made of a photo, beside the file. */
export type ResultFacts = Omit<StoredResult, keyof StoredFile>;

/**
 * Batches with their photos and results. What a method has promised outlasts a crash of the process
 * and of the machine.
 */
export interface BatchStore {
  readonly batches: readonly Batch[];
  find(id: string): Batch | undefined;
  draft(): Promise<BatchDraft>;
  /**
   * Makes an open batch without items.
   *
   * @throws ProblemError STORAGE_FULL
   */
  open(batch: NewBatch): Promise<Batch>;
  /**
   * Adds a photo; one that the batch has by this name already is not added again.
   *
   * @throws ProblemError BATCH_SEALED, BATCH_TOO_LARGE or STORAGE_FULL
   */
  addItem(batch: Batch, name: string, content: PhotoBytes): Promise<BatchItem>;
  seal(batch: Batch): Promise<void>;
  /** Queues all failed items again. */
  retry(batch: Batch): Promise<void>;
  cancel(batch: Batch): Promise<void>;
  remove(batch: Batch): Promise<void>;
  readInput(batch: Batch, item: BatchItem): Promise<Buffer>;
  streamResult(batch: Batch, result: StoredResult, range: ByteRange): Readable;
  /** Ends a running item with its result; one that was canceled meanwhile stays so. */
  succeed(batch: Batch, item: BatchItem, file: Uint8Array, facts: ResultFacts): Promise<void>;
  /** Ends a running item with its problem; one that was canceled meanwhile stays so. */
  fail(batch: Batch, item: BatchItem, problem: BatchItemProblem): Promise<void>;
  /** Calls back after each change of a batch, also of one that is no record; returns how to end that. */
  subscribe(listener: (batch: Batch) => void): () => void;
  /** Tells the subscribers of a change that is no record. */
  announce(batch: Batch): void;
}

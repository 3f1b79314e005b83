import type { ErrorCode } from './problem.ts';

/** What becomes of one photo of a batch. */
export type BatchItemState = 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled';

/**
 * `open`: takes items until it is sealed; those it has are worked on already. `running`: sealed, and
 * some items are not done. `completed`: all have ended, in whatever way. `canceled`: by DELETE.
 */
export type BatchState = 'open' | 'running' | 'completed' | 'canceled';

/** Answer of GET /v1/batches/{id}, and of whatever changes a batch. */
export interface BatchView {
  /** 128 random bits as 32 hexadecimal digits. */
  readonly id: string;
  readonly state: BatchState;
  /** ISO 8601, as all moments here. */
  readonly createdAt: string;
  /** Absent while something is to be done. */
  readonly endedAt?: string;
  /** When the batch and its files are removed; absent while something is to be done. */
  readonly expiresAt?: string;
  /** Of the makeover, as they were given. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Number of items. */
  readonly items: number;
  /** Number of items by state. */
  readonly counts: Readonly<Record<BatchItemState, number>>;
  /** Seconds until all items have ended, by the rate of the last ones; absent while unknown. */
  readonly etaS?: number;
}

/** Why an item failed. */
export interface BatchItemProblem {
  readonly code: ErrorCode;
  readonly detail: string;
}

/** One photo of a batch. */
export interface BatchItemView {
  /** 1 for the first item of the batch. */
  readonly number: number;
  /** As the client calls it; folders are parted by `/`. */
  readonly name: string;
  readonly state: BatchItemState;
  /** Of the photo's file. */
  readonly bytes: number;
  /** SHA-256 of the photo's file, in hexadecimal digits. */
  readonly sha256: string;
  /** Only of an item that succeeded. */
  readonly result?: BatchResultView;
  /** Only of an item that failed. */
  readonly problem?: BatchItemProblem;
}

/** What came out of a photo. */
export interface BatchResultView {
  /** In the archive of results. */
  readonly name: string;
  readonly bytes: number;
  /** Number of faces made over. */
  readonly faces: number;
  /** The generator, as `name/version`. */
  readonly model: string;
}

/** Answer of GET /v1/batches/{id}/items, and of POST, which tells the items that it took. */
export interface BatchItemsView {
  /** By their numbers. */
  readonly items: readonly BatchItemView[];
  /** For the parameter `cursor`; absent when no more items follow. */
  readonly nextCursor?: string;
}

/** Data of the events that GET /v1/batches/{id}/events sends, by the event's name. */
export interface BatchEvents {
  /** At the start, and whenever the counts have changed, a few times a second at most. */
  readonly batch: BatchView;
  /** An item has ended, or has been queued again. */
  readonly item: BatchItemView;
  /** Nothing is left to be done; the stream ends. */
  readonly end: BatchView;
}

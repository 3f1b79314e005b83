import type { ErrorCode } from '../../models/contract/api/problem.ts';
import type { ImageFormat } from '../photo/formats.ts';

/** A file of a batch, as it lies in the store. */
export interface StoredFile {
  /** Its name in the store, which nobody chose. */
  readonly file: string;
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  /** Of the content, as ZIP archives want it. */
  readonly crc32: number;
}

/** What a batch is from its beginning on. */
export interface BatchHead {
  readonly id: string;
  readonly createdAtMs: number;
  /** `Client.id` of who created it. */
  readonly clientId: string;
  /** Of the makeover, as they were given and checked. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Of the request that created it, where it had an Idempotency-Key. */
  readonly idempotency?: Idempotency;
}

/** Tells a repeated request from another one. */
export interface Idempotency {
  readonly key: string;
  /** Of what was asked for. */
  readonly fingerprint: string;
}

export interface StoredResult extends StoredFile {
  readonly format: ImageFormat;
  /** Number of faces made over. */
  readonly faces: number;
  /** `name/version` of the generator. */
  readonly model: string;
}

/** A line of a batch's journal. Items are numbered from 1 in the order of their lines. */
export type BatchRecord =
  | ({ readonly type: 'created' } & BatchHead)
  | {
      readonly type: 'item';
      readonly name: string;
      readonly input: StoredFile;
      readonly atMs: number;
    }
  | { readonly type: 'sealed'; readonly atMs: number }
  | {
      readonly type: 'succeeded';
      readonly number: number;
      readonly result: StoredResult;
      readonly atMs: number;
    }
  | {
      readonly type: 'failed';
      readonly number: number;
      readonly code: ErrorCode;
      readonly detail: string;
      readonly atMs: number;
    }
  /** All failed items are queued again. */
  | { readonly type: 'retried'; readonly atMs: number }
  /** What had not ended never will. */
  | { readonly type: 'canceled'; readonly atMs: number };

import { createHash } from 'node:crypto';
import type { Metrics } from '../metrics.ts';
import type { MakeoverJob, MakeoverResult } from '../photo/job.ts';

export interface ResultCacheOptions {
  /** 0 keeps nothing. */
  readonly maxBytes: number;
  /** Version of this package: another one may answer otherwise. */
  readonly version: string;
  readonly metrics: Pick<Metrics, 'cacheHits' | 'cacheMisses'>;
}

/** What an entry takes beside its file. */
const OVERHEAD_BYTES = 1024;

/**
 * Results of makeovers, in memory, least recently used out first. The same file with the same
 * parameters by the same model has the same result. A client is answered from its own results
 * only: a quick answer must not tell it what others have sent.
 */
export class ResultCache {
  readonly #options: ResultCacheOptions;
  /** Least recently used first. */
  readonly #results = new Map<string, MakeoverResult>();
  #bytes = 0;

  constructor(options: ResultCacheOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The result's name, the same whenever and wherever this version makes the same makeover.
   *
   * @param contentHash of the photo's file
   */
  tagOf(job: Omit<MakeoverJob, 'file'>, contentHash: string): string {
    const parts = Object.entries(job)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return createHash('sha256')
      .update(JSON.stringify([this.#options.version, contentHash, parts]))
      .digest('base64url');
  }

  find(clientId: string, tag: string): MakeoverResult | undefined {
    const key = `${clientId} ${tag}`;
    const result = this.#results.get(key);
    const { cacheHits, cacheMisses } = this.#options.metrics;
    (result === undefined ? cacheMisses : cacheHits).inc();
    if (result === undefined) return undefined;
    this.#results.delete(key);
    this.#results.set(key, result);
    return result;
  }

  keep(clientId: string, tag: string, result: MakeoverResult): void {
    const key = `${clientId} ${tag}`;
    if (bytesOf(result) > this.#options.maxBytes || this.#results.has(key)) return;
    this.#results.set(key, result);
    this.#bytes += bytesOf(result);
    for (const [oldest, { file }] of this.#results) {
      if (this.#bytes <= this.#options.maxBytes) break;
      this.#results.delete(oldest);
      this.#bytes -= bytesOf({ file });
    }
  }
}

/** A file that came from a worker is part of the whole message, which stays in memory with it. */
function bytesOf({ file }: Pick<MakeoverResult, 'file'>): number {
  return file.buffer.byteLength + OVERHEAD_BYTES;
}

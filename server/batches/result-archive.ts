import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Batch, BatchItem } from './batch.ts';
import type { ByteRange } from './batch-files.ts';
import type { BatchStore } from './batch-store.ts';
import type { StoredResult } from './records.ts';
import { MANIFEST_NAME } from './result-names.ts';
import { layOutZip, type ZipEntry, type ZipLayout } from './zip-layout.ts';

interface ArchiveEntry extends ZipEntry {
  readonly content: Buffer | StoredResult;
}

const COLUMNS = ['item', 'name', 'state', 'result', 'faces', 'model', 'code', 'detail'];

/** The ZIP archive of a batch's results, which exists nowhere but in what is sent. */
export class ResultArchive {
  readonly bytes: number;
  /** The same for the same bytes. */
  readonly etag: string;
  readonly #batch: Batch;
  readonly #store: BatchStore;
  readonly #layout: ZipLayout<ArchiveEntry>;

  /** @param batch one that has ended */
  constructor(batch: Batch, store: BatchStore) {
    this.#batch = batch;
    this.#store = store;
    const manifest = Buffer.from(formatManifest(batch.items));
    const results = batch.items.flatMap(({ result }) => result ?? []);
    const entries: ArchiveEntry[] = [
      { name: MANIFEST_NAME, bytes: manifest.length, crc32: crc32(manifest), content: manifest },
      ...results.map((result) => ({ ...pickEntry(result), content: result })),
    ];
    this.#layout = layOutZip(entries, new Date(batch.head.createdAtMs));
    this.bytes = this.#layout.bytes;
    const hash = createHash('sha256').update(batch.id).update(manifest);
    for (const { sha256 } of results) hash.update(sha256);
    this.etag = `"${hash.digest('base64url').slice(0, 27)}"`;
  }

  /** The bytes of a range, as they are read. */
  async *stream({ start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    let offset = 0;
    for (const part of this.#layout.parts) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, part.bytes - 1);
      offset += part.bytes;
      if (from > to) continue;
      const content = 'header' in part ? part.header : part.entry.content;
      if (Buffer.isBuffer(content)) yield content.subarray(from, to + 1);
      else yield* this.#store.streamResult(this.#batch, content, { start: from, end: to });
    }
  }
}

function pickEntry({ name, bytes, crc32: checksum }: StoredResult & { readonly name: string }) {
  return { name, bytes, crc32: checksum };
}

/** What became of every photo, one a line (RFC 4180). */
function formatManifest(items: readonly BatchItem[]): string {
  const rows = items.map(({ number, name, state, result, problem }) => [
    number,
    name,
    state,
    result?.name,
    result?.faces,
    result?.model,
    problem?.code,
    problem?.detail,
  ]);
  return [COLUMNS, ...rows].map((row) => `${row.map(quote).join(',')}\r\n`).join('');
}

function quote(value: string | number | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

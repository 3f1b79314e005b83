import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { fromFdPromise, type ZipFile } from 'yauzl';
import { ProblemError } from '../problem.ts';
import type { PhotoSink } from './batch-store.ts';
import {
  badArchive,
  type CheckedEntry,
  checkZipDirectory,
  type ZipLimits,
} from './zip-directory.ts';

/**
 * Unpacks a ZIP file, entry by entry, into a sink. Everything that the directory tells is checked
 * before the sink gets its first byte; contents are counted and their checksums compared as they
 * come, so that memory holds a few chunks and no entry gives more than was checked.
 *
 * @param fd of a file that is open for reading; it stays open
 * @throws ProblemError BAD_ARCHIVE, BATCH_TOO_LARGE or FILE_TOO_LARGE, and what the sink throws
 */
export async function readZip(fd: number, limits: ZipLimits, sink: PhotoSink): Promise<void> {
  const zip = await asArchive(fromFdPromise(fd, { autoClose: false, strictFileNames: true }));
  const entries = await asArchive(checkZipDirectory(zip, limits));
  for (const entry of entries) await sink.add(entry.name, contentOf(zip, entry));
}

async function* contentOf(zip: ZipFile, entry: CheckedEntry): AsyncGenerator<Uint8Array> {
  const damaged = () => badArchive(`an entry whose content is damaged (${entry.name})`);
  let bytes = 0;
  let checksum = 0;
  const chunks = (await openContent(zip, entry))[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next: IteratorResult<Buffer, unknown> = await asArchive(chunks.next());
      if (next.done === true) break;
      bytes += next.value.length;
      if (bytes > entry.bytes) throw damaged();
      checksum = crc32(next.value, checksum);
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
  if (bytes !== entry.bytes || checksum !== entry.crc32) throw damaged();
}

function openContent(zip: ZipFile, entry: CheckedEntry): Promise<Readable> {
  const { contentStart, packedBytes, isDeflated, bytes } = entry;
  return new Promise((resolve, reject) => {
    const onOpen = (error: Error | null, stream: Readable) => {
      if (error) reject(error);
      else resolve(stream);
    };
    const range = [contentStart, packedBytes, 0, packedBytes] as const;
    zip.openReadStreamLowLevel(...range, isDeflated, bytes, onOpen);
  });
}

/** What the parser or zlib finds wrong is the archive's fault; a failing disk is not. */
async function asArchive<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ProblemError || (error instanceof Error && 'syscall' in error))
      throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw badArchive(`no sound ZIP file (${reason})`);
  }
}

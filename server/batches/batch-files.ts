import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { StoredFile } from './records.ts';

/** Bytes `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Content of a file, as it comes. */
export type PhotoBytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Where the photos and results of batches lie: a folder here, a shared store on many machines. */
export interface BatchFiles {
  /** Stores a new file; it is there as a whole when this resolves, or not at all. */
  write(batchId: string, content: PhotoBytes): Promise<StoredFile>;
  /** A whole file. */
  read(batchId: string, file: string): Promise<Buffer>;
  /** A part of a file as a stream. */
  stream(batchId: string, file: string, range: ByteRange): Readable;
  /** Removes a file, which need not be there. */
  remove(batchId: string, file: string): Promise<void>;
}

const PART = '.part';
/** Of a folder that is being removed. */
const REMOVED = '.removed';
/** Of a folder that could not be read: it is left for a person. */
const DAMAGED = '.damaged';

/** Files of batches in a folder for each, which only the service's user can read. */
export class FolderFiles implements BatchFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Ids of the batches that have folders. Finishes what a crash has interrupted. */
  async list(): Promise<string[]> {
    const names = await readdir(this.#root).catch(emptyIfMissing);
    const removed = names.filter((name) => name.endsWith(REMOVED));
    await Promise.all(removed.map((name) => this.#removeTree(join(this.#root, name))));
    return names.filter((name) => !name.endsWith(REMOVED) && !name.endsWith(DAMAGED));
  }

  folder(batchId: string): string {
    return join(this.#root, batchId);
  }

  async createFolder(batchId: string): Promise<void> {
    await mkdir(this.folder(batchId), { recursive: true, mode: 0o700 });
  }

  /** Removes a batch's folder: its name at once, so that no crash leaves half of it. */
  async removeFolder(batchId: string): Promise<void> {
    const folder = this.folder(batchId);
    await rename(folder, folder + REMOVED);
    await this.#removeTree(folder + REMOVED);
  }

  async setFolderAside(batchId: string): Promise<void> {
    await rename(this.folder(batchId), this.folder(batchId) + DAMAGED);
  }

  async write(batchId: string, content: PhotoBytes): Promise<StoredFile> {
    const file = randomUUID();
    const path = this.#path(batchId, file);
    const sha256 = createHash('sha256');
    let checksum = 0;
    let bytes = 0;
    try {
      const handle = await open(path + PART, 'wx', 0o600);
      try {
        for await (const chunk of content) {
          sha256.update(chunk);
          checksum = crc32(chunk, checksum);
          bytes += chunk.length;
          await handle.writeFile(chunk);
        }
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(path + PART, path);
    } catch (error) {
      await rm(path + PART, { force: true });
      throw error;
    }
    return { file, bytes, sha256: sha256.digest('hex'), crc32: checksum };
  }

  read(batchId: string, file: string): Promise<Buffer> {
    return readFile(this.#path(batchId, file));
  }

  stream(batchId: string, file: string, { start, end }: ByteRange): Readable {
    return createReadStream(this.#path(batchId, file), { start, end });
  }

  async remove(batchId: string, file: string): Promise<void> {
    await rm(this.#path(batchId, file), { force: true });
  }

  /** Removes what a crash has left: files of a batch that it does not need. */
  async removeOthers(batchId: string, needed: ReadonlySet<string>): Promise<void> {
    const files = await readdir(this.folder(batchId));
    const others = files.filter((file) => !needed.has(file));
    await Promise.all(others.map((file) => this.remove(batchId, file)));
  }

  #path(batchId: string, file: string): string {
    return join(this.folder(batchId), file);
  }

  async #removeTree(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The folder is made for the first batch: a service without batches needs no place to write. */
function emptyIfMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

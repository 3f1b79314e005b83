import { constants } from 'node:fs';
import { open, readFile, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, writeFileAtomically } from '../files.ts';

interface Waiting<T> {
  readonly record: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * An append-only file of JSON lines. What is appended while a write is under way shares the next
 * write and its sync, so that many small records cost few syncs. Between writes the file is closed:
 * thousands of journals need no open files.
 */
export class Journal<T> {
  readonly #path: string;
  readonly #onWritten: (record: T) => void;
  /** Length of what is known to be whole. */
  #bytes = 0;
  #waiting: Waiting<T>[] = [];
  #isWriting = false;

  /**
   * @param path of the file that `begin` makes or `replay` finds
   * @param onWritten called with each record in its order, when it is safe on the disk
   */
  constructor(path: string, onWritten: (record: T) => void) {
    this.#path = path;
    this.#onWritten = onWritten;
  }

  /** Begins the file: all of the records are in it, or there is none. */
  async begin(records: readonly T[]): Promise<void> {
    const content = Buffer.from(toLines(records));
    await writeFileAtomically(this.#path, content, 0o600);
    await syncFolder(dirname(this.#path));
    this.#bytes = content.length;
    for (const record of records) this.#onWritten(record);
  }

  /**
   * Gives the records of before to `onWritten`. A last line that a crash has torn was promised to
   * nobody and is left out; the next record takes its place.
   *
   * @throws Error when there is no file, or a line before the last one is no JSON
   */
  async replay(): Promise<void> {
    const content = await readFile(this.#path);
    const length = content.lastIndexOf('\n') + 1;
    const lines = content.toString('utf8', 0, length).split('\n').slice(0, -1);
    for (const line of lines) this.#onWritten(JSON.parse(line) as T);
    if (length < content.length) await truncate(this.#path, length);
    this.#bytes = length;
  }

  /** Resolves when the record is safe on the disk. Rejects when it is not there. */
  append(record: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, resolve, reject });
      if (!this.#isWriting) void this.#writeWaiting();
    });
  }

  async #writeWaiting(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(toLines(group.map(({ record }) => record)));
        for (const { record, resolve } of group) {
          this.#onWritten(record);
          resolve();
        }
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#isWriting = false;
  }

  async #write(text: string): Promise<void> {
    // A record must not outlive, in a power cut, the name of the file that it tells of.
    await syncFolder(dirname(this.#path));
    const file = await open(this.#path, constants.O_WRONLY);
    try {
      const { bytesWritten, buffer } = await file.write(Buffer.from(text), 0, null, this.#bytes);
      if (bytesWritten < buffer.length) {
        throw Object.assign(new Error('the journal was written in part'), { code: 'ENOSPC' });
      }
      await file.datasync();
      this.#bytes += bytesWritten;
    } catch (error) {
      await file.truncate(this.#bytes).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
  }
}

function toLines(records: readonly unknown[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

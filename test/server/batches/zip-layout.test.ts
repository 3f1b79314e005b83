import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Entry as Entry64,
  fromRandomAccessReader,
  RandomAccessReader,
  type ZipFile,
} from 'yauzl';

import { layOutZip, type ZipEntry, type ZipLayout } from '../../../server/batches/zip-layout.ts';
import { unzip } from '../../support/unzip.ts';

const TIME = new Date('2024-02-29T12:34:56Z');

interface Entry extends ZipEntry {
  readonly content: Buffer;
}

function entryOf(name: string, content: Buffer): Entry {
  return { name, bytes: content.length, crc32: crc32(content), content };
}

function join(layout: ZipLayout<Entry>): Buffer {
  return Buffer.concat(
    layout.parts.map((part) => ('header' in part ? part.header : part.entry.content)),
  );
}

test('a reader of archives finds every file, and the length is as was said', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.stringMatching(/^[a-zé]{1,8}(\/[a-z0-9]{1,8})?$/), fc.uint8Array()),
      async (contents) => {
        const entries = Object.entries(contents).map(([name, bytes]) =>
          entryOf(name, Buffer.from(bytes)),
        );
        const layout = layOutZip(entries, TIME);
        const archive = join(layout);
        expect(archive.length).toBe(layout.bytes);
        const expected = new Map(entries.map(({ name, content }) => [name, content]));
        expect(await unzip(archive)).toEqual(expected);
      },
    ),
    { numRuns: 30 },
  );
});

/** Reads the end of an archive, where its directory is. */
class DirectoryReader extends RandomAccessReader {
  readonly #tail: Buffer;
  readonly #tailStart: number;

  constructor({ parts, bytes }: ZipLayout<ZipEntry>) {
    super();
    const last = parts.slice(-2).map((part) => ('header' in part ? part.header : Buffer.alloc(0)));
    // Readers look for the directory's end in the last 64 KiB.
    this.#tail = Buffer.concat([Buffer.alloc(2 ** 17), ...last]);
    this.#tailStart = bytes - this.#tail.length;
  }

  override _readStreamForRange(start: number, end: number) {
    const stream = new PassThrough();
    stream.end(this.#tail.subarray(start - this.#tailStart, end - this.#tailStart));
    return stream;
  }
}

function open(layout: ZipLayout<ZipEntry>): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    const reader = new DirectoryReader(layout);
    fromRandomAccessReader(reader, layout.bytes, { lazyEntries: true }, (error, zip) => {
      if (error) reject(error);
      else resolve(zip);
    });
  });
}

test('files beyond 4 GiB are found', async () => {
  const bytes = 2 ** 31;
  const names = ['a', 'b', 'c', 'd'];
  const zip = await open(
    layOutZip(
      names.map((name) => ({ name, bytes, crc32: 0 })),
      TIME,
    ),
  );
  const offsets: number[] = [];
  zip.on('entry', (entry: Entry64) => {
    offsets.push(entry.relativeOffsetOfLocalHeader);
    zip.readEntry();
  });
  zip.readEntry();
  await once(zip, 'end');
  // A local header has 30 bytes and the name.
  expect(offsets).toEqual(names.map((_, i) => i * (bytes + 31)));
});

test('more than 65,535 files are counted', async () => {
  const entries = Array.from({ length: 70_000 }, (_, i) => ({ name: `${i}`, bytes: 1, crc32: 0 }));
  expect((await open(layOutZip(entries, TIME))).entryCount).toBe(entries.length);
});

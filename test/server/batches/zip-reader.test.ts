import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ZipFile as ZipWriter } from 'yazl';
import { readZip } from '../../../server/batches/zip-reader.ts';
import { ProblemError } from '../../../server/problem.ts';
import { rejectionCode } from '../../support/codes.ts';
import { type WrittenEntry, writeZip } from '../../support/zip-writer.ts';

const LIMITS = { maxEntries: 20, maxEntryBytes: 100_000, maxTotalBytes: 200_000 };
const PHOTO = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * i) % 251));

let folder: string;
let file: FileHandle;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deep-makeover-zip-'));
  file = await open(join(folder, 'archive.zip'), 'w+');
});
afterAll(async () => {
  await file.close();
  await rm(folder, { recursive: true });
});

interface Unpacked {
  readonly files: ReadonlyMap<string, Buffer>;
  /** Whatever was given, of files that failed too. */
  readonly givenBytes: () => number;
  readonly done: Promise<void>;
}

async function unpack(archive: Uint8Array, limits = LIMITS): Promise<Unpacked> {
  await file.truncate(0);
  await file.write(archive, 0, archive.length, 0);
  const files = new Map<string, Buffer>();
  let givenBytes = 0;
  const add = async (name: string, content: AsyncIterable<Uint8Array>) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) {
      givenBytes += chunk.length;
      chunks.push(chunk);
    }
    files.set(name, Buffer.concat(chunks));
  };
  return { files, givenBytes: () => givenBytes, done: readZip(file.fd, limits, { add }) };
}

async function codeOf(archive: Uint8Array): Promise<{ code: string; givenBytes: number }> {
  const { done, givenBytes } = await unpack(archive);
  const code = await rejectionCode(done);
  return { code, givenBytes: givenBytes() };
}

describe('an archive of photos', () => {
  test('gives its files, without folders and what desktops add', async () => {
    const { files, done } = await unpack(
      writeZip([
        { name: 'trip/', unixMode: 0o40755 },
        { name: 'trip/ä.jpg', content: PHOTO, unixMode: 0o100644 },
        { name: 'b.jpg', content: PHOTO.subarray(5), isDeflated: true },
        { name: '__MACOSX/trip/._ä.jpg', content: PHOTO },
        { name: 'trip/.DS_Store', content: PHOTO },
        { name: 'trip/Thumbs.db', content: PHOTO },
      ]),
    );
    await done;
    expect([...files]).toEqual([
      ['trip/ä.jpg', PHOTO],
      ['b.jpg', PHOTO.subarray(5)],
    ]);
  });

  test('written by another program, with sizes behind the content, gives what was put in', async () => {
    const names = fc.stringMatching(/^[a-z0-9 äß]{1,8}(\/[a-z0-9]{1,5})?\.jpg$/);
    const content = fc.uint8Array({ maxLength: 2000 });
    const contents = fc.uniqueArray(fc.tuple(names, content, fc.boolean()), {
      selector: ([name]) => name,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(contents, async (entries) => {
        const writer = new ZipWriter();
        for (const [name, bytes, compress] of entries) {
          writer.addBuffer(Buffer.from(bytes), name, { compress });
        }
        writer.end();
        const chunks: Buffer[] = [];
        for await (const chunk of writer.outputStream) chunks.push(chunk as Buffer);
        const { files, done } = await unpack(Buffer.concat(chunks));
        await done;
        expect([...files]).toEqual(entries.map(([name, bytes]) => [name, Buffer.from(bytes)]));
      }),
      { numRuns: 40 },
    );
  });
});

const zeros = (bytes: number) => Buffer.alloc(bytes);
/** Sizes of ZIP64 that no file has: 2^63 bytes unpacked. */
const ZIP64_LIE = Buffer.from('010008000000000000000080', 'hex');

const SOUND = { name: 'sound.jpg', content: PHOTO };
const QUOTED = { name: 'b.jpg', content: PHOTO };
/** With their local headers. */
const SOUND_BYTES = 30 + SOUND.name.length + PHOTO.length;
const QUOTED_BYTES = 30 + QUOTED.name.length + PHOTO.length;

/** Each made to harm; one of its entries is a sound photo that must not be unpacked either. */
const BOMBS: readonly (readonly [string, string, readonly WrittenEntry[]])[] = [
  ['a way out', 'BAD_ARCHIVE', [{ name: '../../evil.jpg', content: PHOTO }]],
  ['a way out in the middle', 'BAD_ARCHIVE', [{ name: 'a/../../evil.jpg', content: PHOTO }]],
  ['an absolute path', 'BAD_ARCHIVE', [{ name: '/etc/evil.jpg', content: PHOTO }]],
  ['a drive', 'BAD_ARCHIVE', [{ name: 'C:/evil.jpg', content: PHOTO }]],
  ['backslashes', 'BAD_ARCHIVE', [{ name: '..\\evil.jpg', content: PHOTO }]],
  ['a NUL', 'BAD_ARCHIVE', [{ name: 'a.jpg\0.png', content: PHOTO }]],
  ['an empty name', 'BAD_ARCHIVE', [{ name: '', content: PHOTO }]],
  ['a long name', 'BAD_ARCHIVE', [{ name: `${'x'.repeat(600)}.jpg`, content: PHOTO }]],
  ['a name twice', 'BAD_ARCHIVE', [{ name: 'a.jpg' }, { name: 'A.JPG' }]],
  [
    'a name twice in other letters',
    'BAD_ARCHIVE',
    [{ name: '\u00e4.jpg' }, { name: 'a\u0308.jpg' }],
  ],
  [
    'a link',
    'BAD_ARCHIVE',
    [{ name: 'a.jpg', content: Buffer.from('/etc/passwd'), unixMode: 0o120777 }],
  ],
  ['a device', 'BAD_ARCHIVE', [{ name: 'a.jpg', unixMode: 0o020666 }]],
  ['a password', 'BAD_ARCHIVE', [{ name: 'a.jpg', content: PHOTO, flags: 1 }]],
  ['strong encryption', 'BAD_ARCHIVE', [{ name: 'a.jpg', content: PHOTO, flags: 0x41 }]],
  ['another method', 'BAD_ARCHIVE', [{ name: 'a.jpg', content: PHOTO, method: 12 }]],
  ['another archive', 'BAD_ARCHIVE', [{ name: 'a.zip', content: PHOTO }]],
  ['two names of one entry', 'BAD_ARCHIVE', [{ name: 'a.jpg', localName: 'b.jpg' }]],
  ['a folder with content', 'BAD_ARCHIVE', [{ name: 'a/', content: PHOTO }]],
  [
    'overlapping entries',
    'BAD_ARCHIVE',
    [
      // An entry within the content of another: the content of both is told to be sound.
      { name: 'a.jpg', content: writeZip([QUOTED]).subarray(0, QUOTED_BYTES) },
      { ...QUOTED, start: SOUND_BYTES + 30 + 'a.jpg'.length },
    ],
  ],
  ['a high ratio', 'BAD_ARCHIVE', [{ name: 'a.jpg', content: zeros(90_000), isDeflated: true }]],
  ['a large file', 'FILE_TOO_LARGE', [{ name: 'a.jpg', content: zeros(100_001) }]],
  [
    'many large files',
    'BATCH_TOO_LARGE',
    ['a', 'b', 'c'].map((name) => ({ name, content: zeros(90_000) })),
  ],
  [
    'a ZIP64 size',
    'FILE_TOO_LARGE',
    [{ name: 'a.jpg', content: PHOTO, isDeflated: true, bytes: 0xffffffff, extra: ZIP64_LIE }],
  ],
  [
    'many entries',
    'BATCH_TOO_LARGE',
    Array.from({ length: 20 }, (_, i) => ({ name: `${i}.jpg`, content: PHOTO })),
  ],
];

describe('an archive with', () => {
  test.each(BOMBS)('%s is refused (%s) before anything is unpacked', async (_, code, entries) => {
    const archive = writeZip([SOUND, ...entries]);
    expect(await codeOf(archive)).toEqual({ code, givenBytes: 0 });
  });

  test('more bytes than it tells gives no more than it tells', async () => {
    const content = Buffer.concat([PHOTO, zeros(50_000)]);
    const lie = { name: 'a.jpg', content, isDeflated: true, bytes: PHOTO.length };
    const { code, givenBytes } = await codeOf(writeZip([lie]));
    expect(code).toBe('BAD_ARCHIVE');
    expect(givenBytes).toBeLessThanOrEqual(PHOTO.length);
  });

  test.each([
    ['another checksum', { crc: 1 }],
    ['fewer bytes than it tells', { isDeflated: true, bytes: PHOTO.length + 1 }],
  ])('%s is refused', async (_, lie) => {
    const archive = writeZip([{ name: 'a.jpg', content: PHOTO, ...lie }]);
    expect((await codeOf(archive)).code).toBe('BAD_ARCHIVE');
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['no ZIP in it', PHOTO],
    ['its end cut off', writeZip([{ name: 'a.jpg', content: PHOTO }]).subarray(0, -5)],
    ['more entries told than there are', writeZip([{ name: 'a.jpg', content: PHOTO }], 9)],
  ])('%s is refused', async (_, archive) => {
    expect(await codeOf(archive)).toEqual({ code: 'BAD_ARCHIVE', givenBytes: 0 });
  });
});

test('any damage is refused, or changes nothing that counts', async () => {
  const sound = writeZip([
    { name: 'a.jpg', content: PHOTO, isDeflated: true },
    { name: 'sub/b.jpg', content: PHOTO },
  ]);
  const damages = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(damages, async (changes) => {
      const archive = Buffer.from(sound);
      for (const [at, value] of changes) archive[at] = value;
      const { files, givenBytes, done } = await unpack(archive);
      const error: unknown = await done.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error !== undefined) expect(error).toBeInstanceOf(ProblemError);
      for (const content of files.values()) expect(content.equals(PHOTO)).toBe(true);
      expect(givenBytes()).toBeLessThanOrEqual(LIMITS.maxTotalBytes);
    }),
    { numRuns: 500 },
  );
});

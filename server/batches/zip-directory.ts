import type { Entry, ZipFile } from 'yauzl';
import { ProblemError } from '../problem.ts';
import { findNameFault, foldName, isLitter } from './zip-names.ts';

export interface ZipLimits {
  /** Entries of the archive, folders included. */
  readonly maxEntries: number;
  /** Size of one file, unpacked. */
  readonly maxEntryBytes: number;
  /** Size of all files, unpacked. */
  readonly maxTotalBytes: number;
}

/** A file of an archive that has passed all checks. */
export interface CheckedEntry {
  readonly name: string;
  /** Unpacked. */
  readonly bytes: number;
  readonly crc32: number;
  readonly isDeflated: boolean;
  /** Where its packed content lies in the archive. */
  readonly contentStart: number;
  readonly packedBytes: number;
}

/** A part of the archive's bytes: from its local header to the end of its content. */
interface Extent {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/** Photos are packed already; what unpacks to a hundred times its size is none. */
const MAX_RATIO = 100;
/** Small files of one byte over and over may have a higher ratio. */
const RATIO_FREE_BYTES = 64 * 1024;
const MAX_EXTRA_BYTES = 4096;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAGS = 0x2041;
const DESCRIPTOR_FLAG = 0x8;
const UNKNOWN_SIZE = 0xffffffff;
/** Systems whose external attributes hold a file's type in their upper half: Unix and macOS. */
const UNIX_SYSTEMS = [3, 19];
const FILE_TYPES = { mask: 0xf000, none: 0, folder: 0x4000, regular: 0x8000 } as const;

/**
 * Reads the directory of an archive and checks all of it, before any content is read: number and
 * sizes, ratios, names, types, encryption, and that no byte belongs to two entries (D. Fifield, "A
 * better zip bomb", 2019). Sizes may still lie: who unpacks counts.
 *
 * @param zip opened with lazyEntries, without autoClose
 * @returns its files; folders and what desktops add are left out
 * @throws ProblemError BAD_ARCHIVE, BATCH_TOO_LARGE or FILE_TOO_LARGE
 */
export async function checkZipDirectory(zip: ZipFile, limits: ZipLimits): Promise<CheckedEntry[]> {
  if (zip.entryCount > limits.maxEntries) {
    throw new ProblemError(
      'BATCH_TOO_LARGE',
      `the archive has ${zip.entryCount} entries, at most ${limits.maxEntries} are taken: send it in parts`,
    );
  }
  // Its type says boolean, and it is where the directory begins.
  const directoryStart = Number(zip.readEntryCursor);
  const names = new Set<string>();
  const extents: Extent[] = [];
  const files: CheckedEntry[] = [];
  let totalBytes = 0;
  for await (const entry of zip.eachEntry()) {
    checkEntry(entry, limits);
    const folded = foldName(entry.fileName);
    if (names.has(folded)) throw badArchive(`the name ${JSON.stringify(entry.fileName)} twice`);
    names.add(folded);
    totalBytes += entry.uncompressedSize;
    if (totalBytes > limits.maxTotalBytes) throw tooMuch(limits);
    const contentStart = await checkLocalHeader(zip, entry);
    const end = contentStart + entry.compressedSize;
    extents.push({ start: entry.relativeOffsetOfLocalHeader, end, name: entry.fileName });
    if (entry.fileName.endsWith('/') || isLitter(entry.fileName)) continue;
    files.push(toChecked(entry, contentStart));
  }
  checkExtents(extents, directoryStart);
  return files;
}

function toChecked(entry: Entry, contentStart: number): CheckedEntry {
  return {
    name: entry.fileName,
    bytes: entry.uncompressedSize,
    crc32: entry.crc32,
    isDeflated: entry.compressionMethod === DEFLATED,
    contentStart,
    packedBytes: entry.compressedSize,
  };
}

function checkEntry(entry: Entry, limits: ZipLimits): void {
  const { fileName: name, compressedSize, uncompressedSize, compressionMethod: method } = entry;
  const nameFault = findNameFault(name);
  if (nameFault !== undefined) throw badArchive(nameFault);
  if (entry.extraFieldLength > MAX_EXTRA_BYTES || entry.fileCommentLength > MAX_EXTRA_BYTES) {
    throw badArchive(`an entry with more than ${MAX_EXTRA_BYTES} bytes of notes (${name})`);
  }
  if ((entry.generalPurposeBitFlag & ENCRYPTED_FLAGS) !== 0) {
    throw badArchive(`an encrypted entry (${name})`);
  }
  if (method !== STORED && method !== DEFLATED) {
    throw badArchive(`an entry packed by method ${method} (${name})`);
  }
  if (!isFileOrFolder(entry)) throw badArchive(`a link or device (${name})`);
  if (name.endsWith('/') && (uncompressedSize > 0 || compressedSize > 2)) {
    throw badArchive(`a folder with content (${name})`);
  }
  if (uncompressedSize > limits.maxEntryBytes) {
    throw new ProblemError(
      'FILE_TOO_LARGE',
      `${name} in the archive is larger than ${limits.maxEntryBytes} bytes: make the photo smaller`,
    );
  }
  if (uncompressedSize > RATIO_FREE_BYTES + MAX_RATIO * compressedSize) {
    throw badArchive(`an entry that unpacks to more than ${MAX_RATIO} times its size (${name})`);
  }
}

function isFileOrFolder({ versionMadeBy, externalFileAttributes, fileName }: Entry): boolean {
  if (!UNIX_SYSTEMS.includes(versionMadeBy >>> 8)) return true;
  const type = (externalFileAttributes >>> 16) & FILE_TYPES.mask;
  if (type === FILE_TYPES.none) return true;
  return type === (fileName.endsWith('/') ? FILE_TYPES.folder : FILE_TYPES.regular);
}

/**
 * Readers differ in which of an entry's two headers they believe: both must say the same.
 *
 * @returns where the content starts
 */
async function checkLocalHeader(zip: ZipFile, entry: Entry): Promise<number> {
  const local = await zip.readLocalFileHeaderPromise(entry);
  const isLate = (local.generalPurposeBitFlag & DESCRIPTOR_FLAG) !== 0;
  const agrees = (own: number, other: number) =>
    own === other || own === UNKNOWN_SIZE || (isLate && own === 0);
  const isSame =
    local.fileName.equals(entry.fileNameRaw) &&
    local.compressionMethod === entry.compressionMethod &&
    (local.generalPurposeBitFlag & ENCRYPTED_FLAGS) === 0 &&
    agrees(local.compressedSize, entry.compressedSize) &&
    agrees(local.uncompressedSize, entry.uncompressedSize);
  if (isSame) return local.fileDataStart;
  throw badArchive(`an entry whose two headers differ (${entry.fileName})`);
}

function checkExtents(extents: readonly Extent[], directoryStart: number): void {
  const inOrder = [...extents].sort((a, b) => a.start - b.start);
  inOrder.forEach(({ end, name }, i) => {
    if (end > (inOrder[i + 1]?.start ?? directoryStart)) {
      throw badArchive(`an entry that overlaps another part of it (${name})`);
    }
  });
}

function tooMuch({ maxTotalBytes }: ZipLimits): ProblemError {
  return new ProblemError(
    'BATCH_TOO_LARGE',
    `the archive unpacks to more than ${maxTotalBytes} bytes: send it in parts`,
  );
}

/** @param finding what the archive holds and must not */
export function badArchive(finding: string): ProblemError {
  return new ProblemError(
    'BAD_ARCHIVE',
    `the archive is not taken, it holds ${finding}: send a plain ZIP file of photos, stored or ` +
      'deflated, without a password',
  );
}

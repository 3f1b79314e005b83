/** A file of an archive. */
export interface ZipEntry {
  /** UTF-8 path, parted by `/`. */
  readonly name: string;
  readonly bytes: number;
  readonly crc32: number;
}

/** A part of an archive: its own bytes, or the content of an entry. */
export type ZipPart<E extends ZipEntry> =
  | { readonly bytes: number; readonly header: Buffer }
  | { readonly bytes: number; readonly entry: E };

export interface ZipLayout<E extends ZipEntry> {
  readonly parts: readonly ZipPart<E>[];
  /** Of the whole archive. */
  readonly bytes: number;
}

const LOCAL_SIGNATURE = 0x04034b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const END_SIGNATURE = 0x06054b50;
const ZIP64_END_SIGNATURE = 0x06064b50;
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;
const VERSION = 20;
const ZIP64_VERSION = 45;
/** Names are in UTF-8. */
const FLAGS = 1 << 11;
const MAX_UINT16 = 0xffff;
const MAX_UINT32 = 0xffffffff;

/**
 * Lays a ZIP archive out whose entries are stored as they are (APPNOTE.TXT 6.3.10). With sizes and
 * checksums known, every offset is known too, so that any range can be sent without what lies
 * before it. Archives and numbers of entries beyond the old limits get the ZIP64 records.
 *
 * @param entries each below 4 GiB
 * @param time of all entries; read as UTC
 */
export function layOutZip<E extends ZipEntry>(entries: readonly E[], time: Date): ZipLayout<E> {
  const parts: ZipPart<E>[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const header = localHeader(entry, time);
    directory.push(centralHeader(entry, time, offset));
    parts.push({ bytes: header.length, header });
    if (entry.bytes > 0) parts.push({ bytes: entry.bytes, entry });
    offset += header.length + entry.bytes;
  }
  const central = Buffer.concat(directory);
  const end = endRecords(entries.length, central.length, offset);
  parts.push({ bytes: central.length, header: central }, { bytes: end.length, header: end });
  return { parts, bytes: offset + central.length + end.length };
}

/** The fields that local and central headers share, from the version on: 4.3.7. */
function commonFields({ bytes, crc32, name }: ZipEntry, time: Date, version: number): Buffer {
  const fields = Buffer.alloc(24);
  fields.writeUInt16LE(version, 0);
  fields.writeUInt16LE(FLAGS, 2);
  // At 4: method 0, stored.
  fields.writeUInt16LE(dosTime(time), 6);
  fields.writeUInt16LE(dosDate(time), 8);
  fields.writeUInt32LE(crc32, 10);
  fields.writeUInt32LE(bytes, 14);
  fields.writeUInt32LE(bytes, 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  return fields;
}

function localHeader(entry: ZipEntry, time: Date): Buffer {
  const noExtra = Buffer.alloc(2);
  return Buffer.concat([
    uint32(LOCAL_SIGNATURE),
    commonFields(entry, time, VERSION),
    noExtra,
    Buffer.from(entry.name),
  ]);
}

function centralHeader(entry: ZipEntry, time: Date, offset: number): Buffer {
  const isFar = offset >= MAX_UINT32;
  const version = isFar ? ZIP64_VERSION : VERSION;
  const extra = isFar ? Buffer.concat([uint16(1), uint16(8), uint64(offset)]) : Buffer.alloc(0);
  // Length of the comment, number of the disk, internal and external attributes: none.
  const rest = Buffer.alloc(10);
  return Buffer.concat([
    uint32(CENTRAL_SIGNATURE),
    uint16(version),
    commonFields(entry, time, version),
    uint16(extra.length),
    rest,
    uint32(Math.min(offset, MAX_UINT32)),
    Buffer.from(entry.name),
    extra,
  ]);
}

/** The end of the central directory: 4.3.14 to 4.3.16. */
function endRecords(entries: number, directoryBytes: number, directoryOffset: number): Buffer {
  const needsZip64 =
    entries >= MAX_UINT16 || directoryBytes >= MAX_UINT32 || directoryOffset >= MAX_UINT32;
  const zip64 = [
    uint32(ZIP64_END_SIGNATURE),
    uint64(44),
    uint16(ZIP64_VERSION),
    uint16(ZIP64_VERSION),
    uint32(0),
    uint32(0),
    uint64(entries),
    uint64(entries),
    uint64(directoryBytes),
    uint64(directoryOffset),
    uint32(ZIP64_LOCATOR_SIGNATURE),
    uint32(0),
    uint64(directoryOffset + directoryBytes),
    uint32(1),
  ];
  return Buffer.concat([
    ...(needsZip64 ? zip64 : []),
    uint32(END_SIGNATURE),
    uint16(0),
    uint16(0),
    uint16(Math.min(entries, MAX_UINT16)),
    uint16(Math.min(entries, MAX_UINT16)),
    uint32(Math.min(directoryBytes, MAX_UINT32)),
    uint32(Math.min(directoryOffset, MAX_UINT32)),
    uint16(0),
  ]);
}

function dosTime(time: Date): number {
  return (
    (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | Math.floor(time.getUTCSeconds() / 2)
  );
}

function dosDate(time: Date): number {
  return (
    ((time.getUTCFullYear() - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate()
  );
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

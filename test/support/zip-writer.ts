import { crc32, deflateRawSync } from 'node:zlib';

/** An entry as an archive tells it, true or not. What is left out is true. */
export interface WrittenEntry {
  readonly name: string;
  readonly content?: Buffer;
  readonly isDeflated?: boolean;
  /** General purpose bit flags. */
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  /** Unpacked size that both headers tell. */
  readonly bytes?: number;
  /** Name in the local header. */
  readonly localName?: string;
  /** Type and permissions, as Unix has them. */
  readonly unixMode?: number;
  /** Where the directory says it lies; nothing of it is written then. */
  readonly start?: number;
  readonly extra?: Buffer;
}

/** A ZIP archive byte by byte (APPNOTE.TXT 6.3.10), so that it can lie. */
export function writeZip(entries: readonly WrittenEntry[], entryCount = entries.length): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = entry.content ?? Buffer.alloc(0);
    const packed = entry.isDeflated ? deflateRawSync(content) : content;
    const start = entry.start ?? offset;
    if (entry.start === undefined) {
      const local = header(entry, packed.length, entry.localName ?? entry.name, true);
      parts.push(local, packed);
      offset += local.length + packed.length;
    }
    const central = header(entry, packed.length, entry.name, false);
    central.writeUInt32LE(start, 42);
    directory.push(central);
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entryCount, 8);
  end.writeUInt16LE(entryCount, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

function header(entry: WrittenEntry, packedBytes: number, name: string, isLocal: boolean): Buffer {
  const { content = Buffer.alloc(0), extra = Buffer.alloc(0) } = entry;
  const fixed = Buffer.alloc(isLocal ? 30 : 46);
  fixed.writeUInt32LE(isLocal ? 0x04034b50 : 0x02014b50, 0);
  // Version 2.0 made on Unix, in the central header; what both share stands two bytes later there.
  if (!isLocal) fixed.writeUInt16LE((3 << 8) | 20, 4);
  const at = isLocal ? 4 : 6;
  fixed.writeUInt16LE(20, at);
  fixed.writeUInt16LE(entry.flags ?? 0x800, at + 2);
  fixed.writeUInt16LE(entry.method ?? (entry.isDeflated ? 8 : 0), at + 4);
  fixed.writeUInt32LE(entry.crc ?? crc32(content), at + 10);
  fixed.writeUInt32LE(packedBytes, at + 14);
  fixed.writeUInt32LE(entry.bytes ?? content.length, at + 18);
  fixed.writeUInt16LE(Buffer.byteLength(name), at + 22);
  fixed.writeUInt16LE(extra.length, at + 24);
  if (!isLocal) fixed.writeUInt32LE(((entry.unixMode ?? 0) << 16) >>> 0, 38);
  return Buffer.concat([fixed, Buffer.from(name), extra]);
}

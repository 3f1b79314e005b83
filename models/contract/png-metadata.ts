import { asciiBytes, asciiText, concatBytes, viewOf } from './bytes.ts';
import { zlibStored } from './zlib.ts';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Length, type and checksum of a chunk. */
const CHUNK_OVERHEAD = 12;
/** Chunks that would contradict a colour profile. */
const COLOR_CHUNKS: readonly string[] = ['iCCP', 'sRGB', 'gAMA', 'cHRM', 'cICP'];

/**
 * Inserts an XMP packet and an ICC profile behind a PNG's header chunk.
 *
 * @param xmp ASCII
 * @throws Error when the bytes are no PNG
 */
export function writePngMetadata(png: Uint8Array, xmp: string, icc?: Uint8Array): Uint8Array {
  if (!SIGNATURE.every((byte, i) => png[i] === byte)) {
    throw new Error('the picture is no PNG: it does not start with its signature');
  }
  const [header, ...rest] = splitChunks(png);
  if (header === undefined) throw new Error('the picture is no PNG: it has no chunks');
  const kept = rest.filter((chunk) => icc === undefined || !COLOR_CHUNKS.includes(typeOf(chunk)));
  // Keyword, no compression, no language, no translated keyword.
  const text = createChunk('iTXt', [asciiBytes(`XML:com.adobe.xmp\0\0\0\0\0${xmp}`)]);
  return concatBytes([
    SIGNATURE,
    header,
    ...(icc === undefined ? [] : [createChunk('iCCP', [asciiBytes('icc\0\0'), zlibStored(icc)])]),
    text,
    ...kept,
  ]);
}

function splitChunks(png: Uint8Array): Uint8Array[] {
  const view = viewOf(png);
  const chunks: Uint8Array[] = [];
  for (let start = SIGNATURE.length; start < png.length; ) {
    const left = png.length - start;
    const length = left < CHUNK_OVERHEAD ? left : view.getUint32(start);
    if (CHUNK_OVERHEAD + length > left) throw new Error('the PNG ends inside a chunk');
    chunks.push(png.subarray(start, start + CHUNK_OVERHEAD + length));
    start += CHUNK_OVERHEAD + length;
  }
  return chunks;
}

function typeOf(chunk: Uint8Array): string {
  return asciiText(chunk.subarray(4, 8));
}

function createChunk(type: string, parts: readonly Uint8Array[]): Uint8Array {
  const checked = concatBytes([asciiBytes(type), ...parts]);
  const chunk = new Uint8Array(checked.length + 8);
  const view = viewOf(chunk);
  view.setUint32(0, checked.length - 4);
  chunk.set(checked, 4);
  view.setUint32(checked.length + 4, crc32(checked));
  return chunk;
}

/** CRC of ISO 3309, as PNG uses it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

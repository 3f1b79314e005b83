import { asciiBytes, concatBytes, viewOf } from './bytes.ts';
import { PNG_SIGNATURE, splitPngChunks } from './png-chunks.ts';
import { zlibStored } from './zlib.ts';

/** Chunks that would contradict a colour profile. */
const COLOR_CHUNKS: readonly string[] = ['iCCP', 'sRGB', 'gAMA', 'cHRM', 'cICP'];
/** Texts carry XMP, and in older files EXIF. */
const METADATA_CHUNKS: readonly string[] = ['eXIf', 'iTXt', 'tEXt', 'zTXt'];

/**
 * Gives a PNG this XMP packet and ICC profile, behind its header chunk. Profile, EXIF and XMP that
 * an encoder wrote by itself give way.
 *
 * @param xmp ASCII
 * @param icc sRGB when absent
 * @throws Error when the bytes are no PNG
 */
export function writePngMetadata(png: Uint8Array, xmp: string, icc?: Uint8Array): Uint8Array {
  const [header, ...rest] = splitPngChunks(png);
  if (header === undefined) throw new Error('the picture is no PNG: it has no chunks');
  const replaced = [...METADATA_CHUNKS, ...(icc === undefined ? ['iCCP'] : COLOR_CHUNKS)];
  const kept = rest.filter(({ type }) => !replaced.includes(type));
  // Keyword, no compression, no language, no translated keyword.
  const text = createChunk('iTXt', [asciiBytes(`XML:com.adobe.xmp\0\0\0\0\0${xmp}`)]);
  return concatBytes([
    PNG_SIGNATURE,
    header.bytes,
    ...(icc === undefined ? [] : [createChunk('iCCP', [asciiBytes('icc\0\0'), zlibStored(icc)])]),
    text,
    ...kept.map(({ bytes }) => bytes),
  ]);
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

import { asciiText, viewOf } from './bytes.ts';

export const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Length, type and checksum of a chunk. */
const CHUNK_OVERHEAD = 12;

export interface PngChunk {
  /** Four letters, e.g. IHDR. */
  readonly type: string;
  readonly content: Uint8Array;
  /** The whole chunk with its length, type and checksum. */
  readonly bytes: Uint8Array;
}

/**
 * The chunks of a PNG (W3C PNG, section 5.3).
 *
 * @throws Error when the bytes are no PNG or end inside a chunk
 */
export function splitPngChunks(png: Uint8Array): PngChunk[] {
  if (!PNG_SIGNATURE.every((byte, i) => png[i] === byte)) {
    throw new Error('the picture is no PNG: it does not start with its signature');
  }
  const view = viewOf(png);
  const chunks: PngChunk[] = [];
  for (let start = PNG_SIGNATURE.length; start < png.length; ) {
    const left = png.length - start;
    const length = left < CHUNK_OVERHEAD ? left : view.getUint32(start);
    if (CHUNK_OVERHEAD + length > left) throw new Error('the PNG ends inside a chunk');
    const bytes = png.subarray(start, start + CHUNK_OVERHEAD + length);
    const content = bytes.subarray(8, 8 + length);
    chunks.push({ type: asciiText(bytes.subarray(4, 8)), content, bytes });
    start += bytes.length;
  }
  return chunks;
}

import { asciiBytes, asciiText, concatBytes, viewOf } from './bytes.ts';

/** Flags of the extended header, VP8X. */
const ICC_FLAG = 0x20;
const ALPHA_FLAG = 0x10;
const XMP_FLAG = 0x04;
const HEADER_BYTES = 12;

interface Chunk {
  readonly type: string;
  readonly content: Uint8Array;
}

/**
 * Adds an XMP packet and an ICC profile to a WebP, which gets the extended header if it has none.
 *
 * @param xmp ASCII
 * @throws Error when the bytes are no WebP
 */
export function writeWebpMetadata(webp: Uint8Array, xmp: string, icc?: Uint8Array): Uint8Array {
  const isWebp =
    asciiText(webp.subarray(0, 4)) === 'RIFF' && asciiText(webp.subarray(8, 12)) === 'WEBP';
  if (!isWebp) throw new Error('the picture is no WebP: it does not start with its header');
  const chunks = splitChunks(webp);
  const header = chunks.find(({ type }) => type === 'VP8X')?.content ?? createHeader(chunks);
  const extended = header.slice();
  extended[0] = (extended[0] as number) | XMP_FLAG | (icc === undefined ? 0 : ICC_FLAG);
  const replaced = icc === undefined ? ['VP8X', 'XMP '] : ['VP8X', 'XMP ', 'ICCP'];
  const body = concatBytes([
    asciiBytes('WEBP'),
    createChunk('VP8X', extended),
    ...(icc === undefined ? [] : [createChunk('ICCP', icc)]),
    ...chunks
      .filter(({ type }) => !replaced.includes(type))
      .map(({ type, content }) => createChunk(type, content)),
    createChunk('XMP ', asciiBytes(xmp)),
  ]);
  return createChunk('RIFF', body);
}

function splitChunks(webp: Uint8Array): Chunk[] {
  const view = viewOf(webp);
  const chunks: Chunk[] = [];
  for (let start = HEADER_BYTES; start + 8 <= webp.length; ) {
    const length = view.getUint32(start + 4, true);
    if (start + 8 + length > webp.length) throw new Error('the WebP ends inside a chunk');
    const content = webp.subarray(start + 8, start + 8 + length);
    chunks.push({ type: asciiText(webp.subarray(start, start + 4)), content });
    start += 8 + length + (length % 2);
  }
  return chunks;
}

/** An extended header made from what the bitstream of a simple file says. */
function createHeader(chunks: readonly Chunk[]): Uint8Array {
  const { width, height, hasAlpha } = readBitstream(chunks);
  const header = new Uint8Array(10);
  header[0] = hasAlpha ? ALPHA_FLAG : 0;
  // Sizes less one, 24 bits each.
  const view = viewOf(header);
  view.setUint16(4, (width - 1) & 0xffff, true);
  header[6] = (width - 1) >> 16;
  view.setUint16(7, (height - 1) & 0xffff, true);
  header[9] = (height - 1) >> 16;
  return header;
}

function readBitstream(chunks: readonly Chunk[]): {
  width: number;
  height: number;
  hasAlpha: boolean;
} {
  for (const { type, content } of chunks) {
    const view = viewOf(content);
    if (type === 'VP8 ' && content.length >= 10) {
      // Frame tag and start code take 6 bytes; two bits of each size are a scaling hint.
      const width = view.getUint16(6, true) & 0x3fff;
      return { width, height: view.getUint16(8, true) & 0x3fff, hasAlpha: false };
    }
    if (type === 'VP8L' && content.length >= 5) {
      const bits = view.getUint32(1, true);
      return {
        width: (bits & 0x3fff) + 1,
        height: ((bits >>> 14) & 0x3fff) + 1,
        hasAlpha: ((bits >>> 28) & 1) === 1,
      };
    }
  }
  throw new Error('the WebP holds no picture');
}

/** Type, length and content, padded to an even length. */
function createChunk(type: string, content: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(8 + content.length + (content.length % 2));
  chunk.set(asciiBytes(type));
  viewOf(chunk).setUint32(4, content.length, true);
  chunk.set(content, 8);
  return chunk;
}

import { asciiText, startsWithText, viewOf } from './bytes.ts';

const HEADER_BYTES = 12;

export interface WebpChunk {
  /** Four letters, e.g. "VP8X". */
  readonly type: string;
  readonly content: Uint8Array;
}

/** What the bitstream of a WebP says about its picture. */
export interface WebpBitstream {
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  readonly isLossless: boolean;
}

/**
 * The chunks of a WebP (RFC 9649 section 2.3).
 *
 * @throws Error when the bytes are no WebP or end inside a chunk
 */
export function splitWebpChunks(webp: Uint8Array): WebpChunk[] {
  if (!startsWithText(webp, 'RIFF') || !startsWithText(webp.subarray(8), 'WEBP')) {
    throw new Error('the picture is no WebP: it does not start with its header');
  }
  const view = viewOf(webp);
  const chunks: WebpChunk[] = [];
  for (let start = HEADER_BYTES; start + 8 <= webp.length; ) {
    const length = view.getUint32(start + 4, true);
    if (start + 8 + length > webp.length) throw new Error('the WebP ends inside a chunk');
    const content = webp.subarray(start + 8, start + 8 + length);
    chunks.push({ type: asciiText(webp.subarray(start, start + 4)), content });
    start += 8 + length + (length % 2);
  }
  return chunks;
}

/**
 * Reads the first picture's own header, lossy (VP8, RFC 6386) or lossless (VP8L).
 *
 * @returns undefined when there is none outside an animation's frames
 */
export function readWebpBitstream(chunks: readonly WebpChunk[]): WebpBitstream | undefined {
  for (const { type, content } of chunks) {
    const view = viewOf(content);
    if (type === 'VP8 ' && content.length >= 10) {
      // Frame tag and start code take 6 bytes; two bits of each size are a scaling hint.
      const width = view.getUint16(6, true) & 0x3fff;
      const height = view.getUint16(8, true) & 0x3fff;
      return { width, height, hasAlpha: false, isLossless: false };
    }
    if (type === 'VP8L' && content.length >= 5) {
      const bits = view.getUint32(1, true);
      return {
        width: (bits & 0x3fff) + 1,
        height: ((bits >>> 14) & 0x3fff) + 1,
        hasAlpha: ((bits >>> 28) & 1) === 1,
        isLossless: true,
      };
    }
  }
  return undefined;
}

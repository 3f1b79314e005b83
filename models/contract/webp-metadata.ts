import { asciiBytes, concatBytes, viewOf } from './bytes.ts';
import { readWebpBitstream, splitWebpChunks, type WebpChunk } from './webp-chunks.ts';

/** Flags of the extended header, VP8X. */
const ICC_FLAG = 0x20;
const ALPHA_FLAG = 0x10;
const EXIF_FLAG = 0x08;
const XMP_FLAG = 0x04;
const REPLACED: readonly string[] = ['VP8X', 'ICCP', 'EXIF', 'XMP '];

/**
 * Gives a WebP this XMP packet and ICC profile, and the extended header if it has none. Profile,
 * EXIF and XMP that an encoder wrote by itself give way.
 *
 * @param xmp ASCII
 * @param icc sRGB when absent
 * @throws Error when the bytes are no WebP
 */
export function writeWebpMetadata(webp: Uint8Array, xmp: string, icc?: Uint8Array): Uint8Array {
  const chunks = splitWebpChunks(webp);
  const header = chunks.find(({ type }) => type === 'VP8X')?.content ?? createHeader(chunks);
  const extended = header.slice();
  const flags = (extended[0] as number) & ~(ICC_FLAG | EXIF_FLAG);
  extended[0] = flags | XMP_FLAG | (icc === undefined ? 0 : ICC_FLAG);
  const body = concatBytes([
    asciiBytes('WEBP'),
    createChunk('VP8X', extended),
    ...(icc === undefined ? [] : [createChunk('ICCP', icc)]),
    ...chunks
      .filter(({ type }) => !REPLACED.includes(type))
      .map(({ type, content }) => createChunk(type, content)),
    createChunk('XMP ', asciiBytes(xmp)),
  ]);
  return createChunk('RIFF', body);
}

/** An extended header made from what the bitstream of a simple file says. */
function createHeader(chunks: readonly WebpChunk[]): Uint8Array {
  const bitstream = readWebpBitstream(chunks);
  if (bitstream === undefined) throw new Error('the WebP holds no picture');
  const { width, height, hasAlpha } = bitstream;
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

/** Type, length and content, padded to an even length. */
function createChunk(type: string, content: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(8 + content.length + (content.length % 2));
  chunk.set(asciiBytes(type));
  viewOf(chunk).setUint32(4, content.length, true);
  chunk.set(content, 8);
  return chunk;
}

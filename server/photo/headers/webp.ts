import { type ByteReader, damagedPhoto } from './byte-reader.ts';
import type { PhotoSize } from './photo-size.ts';

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const ANIMATION_FLAG = 0x02;
const MAX_CHUNKS = 10_000;

/**
 * Reads the size of a WebP from its extended header and its bitstreams, the largest of them
 * (RFC 9649, section 2.5 to 2.7).
 *
 * @throws ProblemError IMAGE_CORRUPT
 */
export function readWebpSize(reader: ByteReader): PhotoSize {
  let width = 0;
  let height = 0;
  let frames = 0;
  let minFrames = 1;
  const grow = (wide: number, high: number): void => {
    width = Math.max(width, wide);
    height = Math.max(height, high);
  };
  let at = RIFF_HEADER_BYTES;
  for (let chunks = 0; at + CHUNK_HEADER_BYTES <= reader.length; chunks++) {
    if (chunks === MAX_CHUNKS) throw damagedPhoto(`more than ${MAX_CHUNKS} WebP chunks`);
    const name = reader.name(at);
    const length = reader.u32LittleEndian(at + 4);
    const content = at + CHUNK_HEADER_BYTES;
    if (name === 'VP8X') {
      grow(reader.u24LittleEndian(content + 4) + 1, reader.u24LittleEndian(content + 7) + 1);
      // A decoder takes a file with this flag for an animation, whatever it holds.
      if ((reader.u8(content) & ANIMATION_FLAG) !== 0) minFrames = 2;
    } else if (name === 'ANMF') {
      frames++;
    } else if (name === 'VP8 ') {
      // Frame tag and start code take 6 bytes; two bits of each size are a scaling hint.
      grow(
        reader.u16LittleEndian(content + 6) & 0x3fff,
        reader.u16LittleEndian(content + 8) & 0x3fff,
      );
      return { width, height, frames: Math.max(frames, minFrames) };
    } else if (name === 'VP8L') {
      const bits = reader.u32LittleEndian(content + 1);
      grow((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
      return { width, height, frames: Math.max(frames, minFrames) };
    }
    at = content + length + (length % 2);
  }
  if (frames === 0) throw damagedPhoto('a WebP without a picture');
  return { width, height, frames: Math.max(frames, minFrames) };
}

import { type ByteReader, damagedPhoto } from './byte-reader.ts';
import type { PhotoSize } from './photo-size.ts';

const SIGNATURE_BYTES = 8;
/** Length, name and checksum of a chunk. */
const CHUNK_OVERHEAD = 12;
const MAX_CHUNKS = 10_000;
/** Samples of a pixel by colour type: grey, RGB, palette, grey and RGB with alpha. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** What deflate can make of a byte at most. */
const MAX_BYTES_PER_BYTE = 1032;

/**
 * Reads a PNG up to its first pixels (PNG specification 3rd edition, 11.2 and 11.3.6: animations).
 *
 * @throws ProblemError IMAGE_CORRUPT
 */
export function readPngSize(reader: ByteReader): PhotoSize {
  const header = SIGNATURE_BYTES + 8;
  if (reader.name(header - 4) !== 'IHDR') throw damagedPhoto('a PNG without its header');
  const width = reader.u32(header);
  const height = reader.u32(header + 4);
  const pixelBits = reader.u8(header + 8) * (SAMPLES[reader.u8(header + 9)] ?? 1);
  if (width * height * pixelBits > 8 * MAX_BYTES_PER_BYTE * reader.length) {
    throw damagedPhoto(`${reader.length} bytes cannot hold a PNG of ${width} x ${height} pixels`);
  }
  let at = SIGNATURE_BYTES;
  for (let chunks = 0; chunks < MAX_CHUNKS; chunks++) {
    const name = reader.name(at + 4);
    if (name === 'acTL') return { width, height, frames: reader.u32(at + 8) };
    if (name === 'IDAT') return { width, height, frames: 1 };
    if (name === 'IEND') throw damagedPhoto('a PNG without a picture');
    at += CHUNK_OVERHEAD + reader.u32(at);
  }
  throw damagedPhoto(`more than ${MAX_CHUNKS} PNG chunks before the picture`);
}

import { ProblemError } from '../../problem.ts';
import { type ByteReader, damagedPhoto } from './byte-reader.ts';
import type { PhotoSize } from './photo-size.ts';

/** Far more than cameras write: profiles and long XMP packets take some hundred. */
const MAX_SEGMENTS = 10_000;
/** Every block of 8 x 8 pixels takes a bit at least. */
const MAX_PIXELS_PER_BYTE = 8 * 64;

/**
 * Reads a JPEG up to its frame header (ITU-T T.81, B.1 and B.2.2).
 *
 * @throws ProblemError IMAGE_CORRUPT, or TYPE_NOT_ALLOWED for kinds of JPEG that browsers do not
 *   show either
 */
export function readJpegSize(reader: ByteReader): PhotoSize {
  // Behind the start of the image.
  let at = 2;
  for (let segments = 0; segments < MAX_SEGMENTS; segments++) {
    if (reader.u8(at) !== 0xff) throw damagedPhoto('no JPEG marker where one should be');
    // Any number of 0xFF may fill the space before a marker.
    while (reader.u8(at + 1) === 0xff) at++;
    const marker = reader.u8(at + 1);
    at += 2;
    if (isFrameHeader(marker)) return readFrame(reader, at, marker);
    if (marker === 0xda || marker === 0xd9) throw damagedPhoto('a JPEG without a frame header');
    if (!isAlone(marker)) at += reader.u16(at);
  }
  throw damagedPhoto(`more than ${MAX_SEGMENTS} JPEG segments before the picture`);
}

/** @param at where the frame header's length lies; precision, height and width follow */
function readFrame(reader: ByteReader, at: number, marker: number): PhotoSize {
  // Baseline, extended and progressive with Huffman codes.
  if (marker > 0xc2) {
    throw new ProblemError(
      'TYPE_NOT_ALLOWED',
      'the photo is a JPEG with arithmetic coding, lossless or in layers: save it as a plain JPEG',
    );
  }
  const height = reader.u16(at + 3);
  const width = reader.u16(at + 5);
  if (width * height > MAX_PIXELS_PER_BYTE * reader.length) {
    throw damagedPhoto(`${reader.length} bytes cannot hold a JPEG of ${width} x ${height} pixels`);
  }
  return { width, height, frames: 1 };
}

/** SOF0 to SOF15; between them lie the tables of Huffman and arithmetic coding. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** Markers without a segment: TEM, restarts and the start of an image. */
function isAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

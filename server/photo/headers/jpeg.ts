import { type ByteReader, damagedPhoto } from './byte-reader.ts';
import type { PhotoSize } from './photo-size.ts';

/** Far more than cameras write: profiles and long XMP packets take some hundred. */
const MAX_SEGMENTS = 10_000;

/**
 * Reads a JPEG up to its frame header (ITU-T T.81, B.1 and B.2.2).
 *
 * @throws ProblemError IMAGE_CORRUPT
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
    if (isFrameHeader(marker)) {
      // Length, precision, height, width.
      return { height: reader.u16(at + 3), width: reader.u16(at + 5), frames: 1 };
    }
    if (marker === 0xda || marker === 0xd9) throw damagedPhoto('a JPEG without a frame header');
    if (!isAlone(marker)) at += reader.u16(at);
  }
  throw damagedPhoto(`more than ${MAX_SEGMENTS} JPEG segments before the picture`);
}

/** SOF0 to SOF15; between them lie the tables of Huffman and arithmetic coding. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** Markers without a segment: TEM, restarts and the start of an image. */
function isAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

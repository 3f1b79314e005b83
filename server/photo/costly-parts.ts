import type { PhotoFormat } from './formats.ts';
import { ByteReader, damagedPhoto } from './headers/byte-reader.ts';

/** Encoders make a dozen; pictures that phones put behind the first have their own. */
const MAX_SCANS = 200;
const START_OF_SCAN = Buffer.of(0xff, 0xda);

/** What the picture of a PNG depends on, with its colours and its orientation. */
const PNG_CHUNKS: readonly string[] = [
  'IHDR',
  'PLTE',
  'tRNS',
  'IDAT',
  'IEND',
  'iCCP',
  'sRGB',
  'gAMA',
  'cHRM',
  'cICP',
  'sBIT',
  'eXIf',
];
const PNG_SIGNATURE_BYTES = 8;
const PNG_CHUNK_OVERHEAD = 12;
const MAX_DROPPED_CHUNKS = 10_000;
/** Of EXIF: in a JPEG, where it comes from, a segment holds no more. */
const MAX_EXIF_BYTES = 65_536;

/**
 * The file without what costs a decoder much and shows nothing: texts of a PNG unfold to a
 * thousand times their size. A JPEG that is coded in hundreds of passes is refused.
 *
 * @throws ProblemError IMAGE_CORRUPT
 */
export function removeCostlyParts(file: Uint8Array, format: PhotoFormat): Uint8Array {
  if (format === 'png') return dropTexts(file);
  if (format === 'jpeg') requireFewScans(file);
  return file;
}

/** In coded pixels the marker cannot occur: 0xFF is followed by a zero there. */
function requireFewScans(jpeg: Uint8Array): void {
  const bytes = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  let at = -1;
  for (let scans = 0; scans <= MAX_SCANS; scans++) {
    at = bytes.indexOf(START_OF_SCAN, at + 1);
    if (at < 0) return;
  }
  throw damagedPhoto(`a JPEG of more than ${MAX_SCANS} scans`);
}

function dropTexts(png: Uint8Array): Uint8Array {
  const reader = new ByteReader(png);
  const kept: Uint8Array[] = [];
  let keptFrom = 0;
  let at = PNG_SIGNATURE_BYTES;
  // What is cut short, the decoder refuses.
  while (at + PNG_CHUNK_OVERHEAD <= png.length) {
    const length = reader.u32(at);
    const name = reader.name(at + 4);
    const end = at + PNG_CHUNK_OVERHEAD + length;
    const isKept = PNG_CHUNKS.includes(name) && !(name === 'eXIf' && length > MAX_EXIF_BYTES);
    if (!isKept) {
      if (kept.length === MAX_DROPPED_CHUNKS) {
        throw damagedPhoto(`a PNG with more than ${MAX_DROPPED_CHUNKS} texts`);
      }
      kept.push(png.subarray(keptFrom, at));
      keptFrom = Math.min(end, png.length);
    }
    if (name === 'IEND') break;
    at = end;
  }
  if (kept.length === 0) return png;
  return Buffer.concat([...kept, png.subarray(keptFrom)]);
}

import { asciiBytes, concatBytes, startsWithText } from './bytes.ts';
import { splitJpegSegments } from './jpeg-segments.ts';

const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
/** A segment's 16-bit length counts itself and the content. */
const MAX_CONTENT = 0xffff - 2;
/** What the content of a segment starts with. */
export const ICC_SIGNATURE = 'ICC_PROFILE\0';
export const EXIF_SIGNATURE = 'Exif\0\0';
const XMP_SIGNATURE = 'http://ns.adobe.com/xap/1.0/\0';
/** The signature, the segment's number and their count. */
export const ICC_HEADER_BYTES = 14;

/**
 * Gives a JPEG this XMP packet and ICC profile, behind its JFIF header. Profile, EXIF and XMP that
 * an encoder wrote by itself give way.
 *
 * @param xmp ASCII
 * @param icc sRGB when absent
 * @throws Error when the bytes are no JPEG, or the packet or profile is too long for one
 */
export function writeJpegMetadata(jpeg: Uint8Array, xmp: string, icc?: Uint8Array): Uint8Array {
  const segments = splitJpegSegments(jpeg);
  const [first] = segments;
  const start = first?.marker === APP0 ? first.end : 2;
  const kept: Uint8Array[] = [];
  let copiedTo = start;
  for (const { marker, content, start: from, end } of segments) {
    const isReplaced =
      marker === APP1 || (marker === APP2 && startsWithText(content, ICC_SIGNATURE));
    if (!isReplaced) continue;
    kept.push(jpeg.subarray(copiedTo, from));
    copiedTo = end;
  }
  return concatBytes([
    jpeg.subarray(0, start),
    createSegment(APP1, [asciiBytes(XMP_SIGNATURE), asciiBytes(xmp)]),
    ...(icc === undefined ? [] : createIccSegments(icc)),
    ...kept,
    jpeg.subarray(copiedTo),
  ]);
}

/** A long profile is spread over numbered segments (ICC.1 annex B.4). */
function createIccSegments(icc: Uint8Array): Uint8Array[] {
  const chunkBytes = MAX_CONTENT - ICC_HEADER_BYTES;
  const count = Math.ceil(icc.length / chunkBytes);
  if (count > 255) {
    throw new Error(`the colour profile has ${icc.length} bytes, too many for a JPEG`);
  }
  return Array.from({ length: count }, (_, i) =>
    createSegment(APP2, [
      asciiBytes(ICC_SIGNATURE),
      Uint8Array.of(i + 1, count),
      icc.subarray(i * chunkBytes, (i + 1) * chunkBytes),
    ]),
  );
}

function createSegment(marker: number, parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(parts);
  if (content.length > MAX_CONTENT) {
    throw new Error(`a JPEG segment holds ${MAX_CONTENT} bytes, got ${content.length}`);
  }
  const length = content.length + 2;
  return concatBytes([Uint8Array.of(0xff, marker, length >> 8, length & 0xff), content]);
}

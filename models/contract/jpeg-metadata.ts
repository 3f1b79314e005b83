import { asciiBytes, concatBytes, viewOf } from './bytes.ts';

const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
/** A segment's 16-bit length counts itself and the content. */
const MAX_CONTENT = 0xffff - 2;
const ICC_HEADER_BYTES = 14;

/**
 * Inserts an XMP packet and an ICC profile behind a JPEG's JFIF header.
 *
 * @param xmp ASCII
 * @throws Error when the bytes are no JPEG, or the packet or profile is too long for one
 */
export function writeJpegMetadata(jpeg: Uint8Array, xmp: string, icc?: Uint8Array): Uint8Array {
  if (jpeg.length < 4 || jpeg[0] !== 0xff || jpeg[1] !== 0xd8) {
    throw new Error('the picture is no JPEG: it does not start with its marker');
  }
  const hasJfif = jpeg[2] === 0xff && jpeg[3] === APP0;
  const start = hasJfif ? 4 + viewOf(jpeg).getUint16(4) : 2;
  return concatBytes([
    jpeg.subarray(0, start),
    createSegment(APP1, [asciiBytes('http://ns.adobe.com/xap/1.0/\0'), asciiBytes(xmp)]),
    ...(icc === undefined ? [] : createIccSegments(icc)),
    jpeg.subarray(start),
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
      asciiBytes('ICC_PROFILE\0'),
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

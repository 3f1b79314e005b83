import { viewOf } from './bytes.ts';

/** A marker segment of a JPEG before its picture data. */
export interface JpegSegment {
  /** Second byte of the marker, e.g. 0xe1 for APP1. */
  readonly marker: number;
  /** What follows the segment's length. */
  readonly content: Uint8Array;
  /** Where the marker starts in the file, and where the segment ends. */
  readonly start: number;
  readonly end: number;
}

const START_OF_SCAN = 0xda;

/**
 * The segments from the start of a JPEG to its picture data (ITU-T T.81 annex B). A damaged file
 * gives those before the damage.
 *
 * @throws Error when the bytes are no JPEG
 */
export function splitJpegSegments(jpeg: Uint8Array): JpegSegment[] {
  if (jpeg.length < 4 || jpeg[0] !== 0xff || jpeg[1] !== 0xd8) {
    throw new Error('the picture is no JPEG: it does not start with its marker');
  }
  const view = viewOf(jpeg);
  const segments: JpegSegment[] = [];
  for (let start = 2; start + 4 <= jpeg.length; ) {
    const marker = view.getUint8(start + 1);
    const isFill = marker === 0xff;
    if (view.getUint8(start) !== 0xff || marker === START_OF_SCAN) break;
    if (isFill) {
      start += 1;
      continue;
    }
    // The length counts its own two bytes.
    const end = start + 2 + view.getUint16(start + 2);
    if (end < start + 4 || end > jpeg.length) break;
    segments.push({ marker, content: jpeg.subarray(start + 4, end), start, end });
    start = end;
  }
  return segments;
}

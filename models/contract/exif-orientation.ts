import { viewOf } from './bytes.ts';

/** How a picture is stored, as EXIF and TIFF count it: 1 is upright, 2 to 8 turned or mirrored. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const ORIENTATION_TAG = 0x0112;
const SHORT = 3;
const ENTRY_BYTES = 12;

/**
 * Reads the orientation from an EXIF block, which is a small TIFF file.
 *
 * @param exif from the byte order mark on
 * @returns 1 when the block has none or is damaged
 */
export function readExifOrientation(exif: Uint8Array): Orientation {
  if (exif.length < 8) return 1;
  const view = viewOf(exif);
  const mark = view.getUint16(0);
  if (mark !== 0x4949 && mark !== 0x4d4d) return 1;
  const isLittle = mark === 0x4949;
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > exif.length) return 1;
  const count = view.getUint16(directory, isLittle);
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + i * ENTRY_BYTES;
    if (entry + ENTRY_BYTES > exif.length) return 1;
    if (view.getUint16(entry, isLittle) !== ORIENTATION_TAG) continue;
    const value = view.getUint16(entry + 8, isLittle);
    const isValid = view.getUint16(entry + 2, isLittle) === SHORT && value >= 1 && value <= 8;
    return isValid ? (value as Orientation) : 1;
  }
  return 1;
}

/** Whether a picture stored so lies on its side: its width is the upright picture's height. */
export function liesOnSide(orientation: Orientation): boolean {
  return orientation >= 5;
}

import { concatBytes, startsWithText, viewOf } from './bytes.ts';
import { readExifOrientation } from './exif-orientation.ts';
import { EXIF_SIGNATURE, ICC_HEADER_BYTES, ICC_SIGNATURE } from './jpeg-metadata.ts';
import { estimateJpegQuality } from './jpeg-quality.ts';
import { type JpegSegment, splitJpegSegments } from './jpeg-segments.ts';
import type { PhotoHeader } from './photo-header.ts';

const APP1 = 0xe1;
const APP2 = 0xe2;

/**
 * Reads size, colours, orientation, profile and quality from a JPEG's segments.
 *
 * @throws Error when the file is no JPEG or has no frame header
 */
export function readJpegHeader(jpeg: Uint8Array): PhotoHeader {
  const segments = splitJpegSegments(jpeg);
  const frame = segments.find(({ marker, content }) => isFrame(marker) && content.length >= 6);
  if (frame === undefined) throw new Error('the JPEG has no frame header: it is damaged');
  const view = viewOf(frame.content);
  const components = view.getUint8(5);
  const exif = segments.find(
    ({ marker, content }) => marker === APP1 && startsWithText(content, EXIF_SIGNATURE),
  );
  return {
    format: 'jpeg',
    width: view.getUint16(3),
    height: view.getUint16(1),
    orientation: exif ? readExifOrientation(exif.content.subarray(EXIF_SIGNATURE.length)) : 1,
    isRgb: components === 3,
    hasAlpha: false,
    isLossless: false,
    icc: components === 3 ? joinIcc(segments) : undefined,
    hasFullChroma: components === 3 && !isHalved(frame.content),
    jpegQuality: estimateJpegQuality(jpeg),
  };
}

/** Start of frame markers; 0xc4, 0xc8 and 0xcc between them mean other things. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** Whether the light has twice as many samples as the colours, across and down (4:2:0). */
function isHalved(frame: Uint8Array): boolean {
  // Three bytes a component from the seventh on: name, sampling across and down, table.
  const [light, blue] = [frame[7], frame[10]];
  return light === 0x22 && blue === 0x11;
}

/** A profile's numbered parts in their order; undefined when one is missing. */
function joinIcc(segments: readonly JpegSegment[]): Uint8Array | undefined {
  const parts = segments
    .filter(
      ({ marker, content }) =>
        marker === APP2 &&
        content.length > ICC_HEADER_BYTES &&
        startsWithText(content, ICC_SIGNATURE),
    )
    .map(({ content }) => ({
      number: content[ICC_SIGNATURE.length] as number,
      count: content[ICC_SIGNATURE.length + 1] as number,
      bytes: content.subarray(ICC_HEADER_BYTES),
    }))
    .sort((a, b) => a.number - b.number);
  const isWhole = parts.every(({ number, count }, i) => number === i + 1 && count === parts.length);
  return parts.length > 0 && isWhole ? concatBytes(parts.map(({ bytes }) => bytes)) : undefined;
}

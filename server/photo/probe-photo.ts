import { ProblemError } from '../problem.ts';
import { type PhotoFormat, requirePhotoFormat } from './formats.ts';
import { ByteReader, damagedPhoto } from './headers/byte-reader.ts';
import { readHeifSize } from './headers/heif.ts';
import { readJpegSize } from './headers/jpeg.ts';
import type { PhotoSize } from './headers/photo-size.ts';
import { readPngSize } from './headers/png.ts';
import { readWebpSize } from './headers/webp.ts';
import { findSecondType } from './polyglot.ts';

/** JPEG's own limit. Decoders work row by row: a PNG of 1 x 40 million px takes half a minute. */
const MAX_SIDE = 65_535;

/** What is known of a photo before it is decoded. */
export interface PhotoHeader extends PhotoSize {
  readonly format: PhotoFormat;
}

export interface PhotoRules {
  readonly maxPixels: number;
  /** What the decoder that will get the photo takes. */
  readonly inputFormats: readonly PhotoFormat[];
}

const READERS: Readonly<Record<PhotoFormat, (reader: ByteReader) => PhotoSize>> = {
  jpeg: readJpegSize,
  png: readPngSize,
  webp: readWebpSize,
  avif: readHeifSize,
  heic: readHeifSize,
};

/**
 * Reads a photo's format and size from its first bytes, whatever its name or Content-Type. No
 * decoder is loaded for this, so that the HTTP process can do it.
 *
 * @throws ProblemError TYPE_NOT_ALLOWED or IMAGE_CORRUPT
 */
export function probePhoto(file: Uint8Array): PhotoHeader {
  const format = requirePhotoFormat(file);
  const size = READERS[format](new ByteReader(file));
  if (size.width === 0 || size.height === 0) throw damagedPhoto('its header says no size');
  return { format, ...size };
}

/**
 * Reads a photo's header and refuses what must not reach a decoder.
 *
 * @throws ProblemError TYPE_NOT_ALLOWED, IMAGE_CORRUPT or PIXELS_TOO_MANY
 */
export function requirePhoto(file: Uint8Array, rules: PhotoRules): PhotoHeader {
  const header = probePhoto(file);
  const { format, width, height, frames } = header;
  if (!rules.inputFormats.includes(format)) {
    throw new ProblemError(
      'TYPE_NOT_ALLOWED',
      'the photo is a HEIC file, whose HEVC coding the decoder of this service does not read: send ' +
        'it as JPEG (an iPhone takes JPEG under Settings, Camera, Formats, Most Compatible)',
    );
  }
  if (frames !== 1) {
    throw new ProblemError(
      'TYPE_NOT_ALLOWED',
      `the file is an animation of ${frames} frames: send a single picture`,
    );
  }
  const second = findSecondType(file);
  if (second !== undefined) {
    throw new ProblemError(
      'TYPE_NOT_ALLOWED',
      `the file is a photo and ${second} at once: save the photo anew and send that`,
    );
  }
  const { maxPixels } = rules;
  if (width * height > maxPixels) {
    throw new ProblemError(
      'PIXELS_TOO_MANY',
      `the photo has ${width} x ${height} pixels, at most ${maxPixels} are taken: make it smaller`,
    );
  }
  if (Math.max(width, height) > MAX_SIDE) {
    throw new ProblemError(
      'PIXELS_TOO_MANY',
      `the photo has ${width} x ${height} pixels, at most ${MAX_SIDE} a side are taken: cut it`,
    );
  }
  return header;
}

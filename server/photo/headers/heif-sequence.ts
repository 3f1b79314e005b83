import { type Box, FULL_BOX_BYTES, findBox, readBoxes } from './boxes.ts';
import type { ByteReader } from './byte-reader.ts';

/**
 * Frames of the longest track of an image sequence, which animated AVIF and HEIC files hold.
 *
 * @param moov the file's movie box
 * @throws ProblemError IMAGE_CORRUPT
 */
export function countSequenceFrames(reader: ByteReader, moov: Box): number {
  let frames = 1;
  for (const track of readBoxes(reader, moov.start, moov.end)) {
    if (track.type !== 'trak') continue;
    const sizes = findBox(reader, track, 'mdia', 'minf', 'stbl', 'stsz');
    // Behind a size that all samples may share comes their number.
    if (sizes) frames = Math.max(frames, reader.u32(sizes.start + FULL_BOX_BYTES + 4));
  }
  return frames;
}

import { type ByteReader, damagedPhoto } from './byte-reader.ts';

/** A box of an ISO base media file: its four letters, and where its content lies. */
export interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** Apple's photos have some hundred, most of them tiles. */
const MAX_BOXES = 20_000;

/**
 * The boxes that lie behind one another between two positions (ISO/IEC 14496-12, 4.2).
 *
 * @throws ProblemError IMAGE_CORRUPT
 */
export function readBoxes(reader: ByteReader, start: number, end: number): Box[] {
  const boxes: Box[] = [];
  for (let at = start; at + 8 <= end; ) {
    if (boxes.length === MAX_BOXES) throw damagedPhoto(`more than ${MAX_BOXES} boxes`);
    const length = reader.u32(at);
    // 1: the length follows in 64 bits. 0: the box goes to the end.
    const isLong = length === 1;
    const content = at + (isLong ? 16 : 8);
    const boxEnd = length === 0 ? end : at + (isLong ? readLong(reader, at + 8) : length);
    if (boxEnd < content || boxEnd > end) throw damagedPhoto('a box that ends outside its parent');
    boxes.push({ type: reader.name(at + 4), start: content, end: boxEnd });
    at = boxEnd;
  }
  return boxes;
}

/**
 * The box at the end of a path of types, each inside the one before.
 *
 * @throws ProblemError IMAGE_CORRUPT
 */
export function findBox(reader: ByteReader, within: Box, ...path: string[]): Box | undefined {
  let found: Box | undefined = within;
  for (const type of path) {
    if (found === undefined) return undefined;
    found = readBoxes(reader, found.start, found.end).find((box) => box.type === type);
  }
  return found;
}

/** Version of a full box, whose content starts behind it and 24 bits of flags. */
export function versionOf(reader: ByteReader, { start }: Box): number {
  return reader.u8(start);
}

export const FULL_BOX_BYTES = 4;

function readLong(reader: ByteReader, at: number): number {
  return reader.u32(at) * 2 ** 32 + reader.u32(at + 4);
}

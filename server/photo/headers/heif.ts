import { type Box, FULL_BOX_BYTES, findBox, readBoxes, versionOf } from './boxes.ts';
import { type ByteReader, damagedPhoto } from './byte-reader.ts';
import { countSequenceFrames } from './heif-sequence.ts';
import type { PhotoSize } from './photo-size.ts';

/** Coded pictures, and pictures put together from tiles. */
const PICTURE_TYPES: readonly string[] = ['av01', 'hvc1', 'grid'];
/** A tile may be larger than the picture that is cut from it; so may no other part of the file. */
const MAX_TILE_PIXELS = 1024 * 1024;

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Reads the size of a HEIF file's primary picture (ISO/IEC 23008-12: AVIF and HEIC). Thumbnails,
 * alpha and tiles that need more work than that picture are refused.
 *
 * @throws ProblemError IMAGE_CORRUPT
 */
export function readHeifSize(reader: ByteReader): PhotoSize {
  const boxes = readBoxes(reader, 0, reader.length);
  const meta = boxes.find(({ type }) => type === 'meta');
  if (meta === undefined) throw damagedPhoto('a HEIF file without a picture');
  const content: Box = { ...meta, start: meta.start + FULL_BOX_BYTES };
  const id = readPrimaryId(reader, content);
  const type = readItemTypes(reader, content).get(id);
  if (type === undefined || !PICTURE_TYPES.includes(type)) {
    throw damagedPhoto('a HEIF file whose picture is not coded as AV1 or HEVC');
  }
  const sizes = readSizes(reader, content);
  const properties = readProperties(reader, content);
  const sizeOf = (item: number): Size | undefined =>
    properties.get(item)?.flatMap((index) => sizes.get(index) ?? [])[0];
  const size = sizeOf(id);
  if (size === undefined) throw damagedPhoto('a HEIF file that does not say its size');
  const allowed = Math.max(pixelsOf(size), MAX_TILE_PIXELS);
  const tiles = type === 'grid' ? readTiles(reader, content, id) : [];
  const tilePixels = tiles.reduce((sum, tile) => sum + pixelsOf(sizeOf(tile) ?? size), 0);
  if ([...sizes.values()].some((other) => pixelsOf(other) > allowed) || tilePixels > 2 * allowed) {
    throw damagedPhoto('a HEIF file with parts larger than its picture');
  }
  const moov = boxes.find((box) => box.type === 'moov');
  return { ...size, frames: moov === undefined ? 1 : countSequenceFrames(reader, moov) };
}

function pixelsOf({ width, height }: Size): number {
  return width * height;
}

function readPrimaryId(reader: ByteReader, meta: Box): number {
  const box = findBox(reader, meta, 'pitm');
  if (box === undefined) throw damagedPhoto('a HEIF file that does not name its picture');
  return readId(reader, box.start + FULL_BOX_BYTES, versionOf(reader, box) > 0);
}

function readId(reader: ByteReader, at: number, isLong: boolean): number {
  return isLong ? reader.u32(at) : reader.u16(at);
}

/** Type of each item. Entries before version 2 have none: HEIF does not use them. */
function readItemTypes(reader: ByteReader, meta: Box): Map<number, string> {
  const types = new Map<number, string>();
  const box = findBox(reader, meta, 'iinf');
  if (box === undefined) return types;
  const countBytes = versionOf(reader, box) === 0 ? 2 : 4;
  for (const entry of readBoxes(reader, box.start + FULL_BOX_BYTES + countBytes, box.end)) {
    const version = versionOf(reader, entry);
    if (entry.type !== 'infe' || version < 2) continue;
    const at = entry.start + FULL_BOX_BYTES;
    const isLong = version > 2;
    // The type comes behind the id and two bytes of protection.
    types.set(readId(reader, at, isLong), reader.name(at + (isLong ? 6 : 4)));
  }
  return types;
}

/** Sizes by the index that items know their properties by, from 1. */
function readSizes(reader: ByteReader, meta: Box): Map<number, Size> {
  const sizes = new Map<number, Size>();
  const box = findBox(reader, meta, 'iprp', 'ipco');
  if (box === undefined) return sizes;
  readBoxes(reader, box.start, box.end).forEach(({ type, start }, i) => {
    if (type !== 'ispe') return;
    const at = start + FULL_BOX_BYTES;
    sizes.set(i + 1, { width: reader.u32(at), height: reader.u32(at + 4) });
  });
  return sizes;
}

/** Indices of each item's properties. */
function readProperties(reader: ByteReader, meta: Box): Map<number, readonly number[]> {
  const properties = new Map<number, readonly number[]>();
  const box = findBox(reader, meta, 'iprp', 'ipma');
  if (box === undefined) return properties;
  const hasLongIds = versionOf(reader, box) > 0;
  const hasLongIndices = (reader.u8(box.start + 3) & 1) === 1;
  let at = box.start + FULL_BOX_BYTES + 4;
  while (at < box.end) {
    const id = readId(reader, at, hasLongIds);
    at += hasLongIds ? 4 : 2;
    const count = reader.u8(at);
    at += 1;
    // The highest bit says that the property is essential.
    const indices = Array.from({ length: count }, (_, i) =>
      hasLongIndices ? reader.u16(at + 2 * i) & 0x7fff : reader.u8(at + i) & 0x7f,
    );
    properties.set(id, indices);
    at += count * (hasLongIndices ? 2 : 1);
  }
  return properties;
}

/** Items that a grid is put together from. */
function readTiles(reader: ByteReader, meta: Box, grid: number): number[] {
  const box = findBox(reader, meta, 'iref');
  if (box === undefined) return [];
  const isLong = versionOf(reader, box) > 0;
  const idBytes = isLong ? 4 : 2;
  for (const { type, start } of readBoxes(reader, box.start + FULL_BOX_BYTES, box.end)) {
    if (type !== 'dimg' || readId(reader, start, isLong) !== grid) continue;
    const count = reader.u16(start + idBytes);
    const first = start + idBytes + 2;
    return Array.from({ length: count }, (_, i) => readId(reader, first + i * idBytes, isLong));
  }
  return [];
}

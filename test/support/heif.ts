import { box, fullBox, uint16, uint32 } from './boxes.ts';

export interface HeifItem {
  readonly id: number;
  readonly type: 'av01' | 'hvc1' | 'grid' | 'Exif';
  readonly width: number;
  readonly height: number;
}

export interface HeifLayout {
  readonly brand?: string;
  /** The first is the primary picture. */
  readonly items: readonly HeifItem[];
  /** Items that the primary picture is put together from. */
  readonly tiles?: readonly number[];
  /** Of an image sequence. */
  readonly frames?: number;
}

/** A HEIF file with a header but no coded picture (ISO/IEC 23008-12). */
export function createHeif({ brand = 'avif', items, tiles, frames }: HeifLayout): Buffer {
  const [primary] = items;
  if (primary === undefined) throw new RangeError('a HEIF file needs an item');
  const infos = items.map(({ id, type }) =>
    fullBox('infe', 2, 0, uint16(id), uint16(0), Buffer.from(`${type}\0`, 'latin1')),
  );
  const sizes = items.map(({ width, height }) =>
    fullBox('ispe', 0, 0, uint32(width), uint32(height)),
  );
  const uses = items.map(({ id }, i) => Buffer.concat([uint16(id), Buffer.of(1, i + 1)]));
  const references = tiles && [
    fullBox(
      'iref',
      0,
      0,
      box('dimg', uint16(primary.id), uint16(tiles.length), ...tiles.map(uint16)),
    ),
  ];
  return Buffer.concat([
    box('ftyp', Buffer.from(`${brand}\0\0\0\0mif1${brand}`, 'latin1')),
    fullBox(
      'meta',
      0,
      0,
      fullBox('hdlr', 0, 0, Buffer.from('\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0', 'latin1')),
      fullBox('pitm', 0, 0, uint16(primary.id)),
      fullBox('iinf', 0, 0, uint16(items.length), ...infos),
      ...(references ?? []),
      box('iprp', box('ipco', ...sizes), fullBox('ipma', 0, 0, uint32(items.length), ...uses)),
    ),
    ...(frames === undefined ? [] : [createMovie(frames)]),
  ]);
}

function createMovie(frames: number): Buffer {
  const sizes = fullBox('stsz', 0, 0, uint32(100), uint32(frames));
  return box('moov', box('trak', box('mdia', box('minf', box('stbl', sizes)))));
}

/** A HEIC picture of 16 x 16 brown pixels, cut from 64 x 64 coded ones by x265. */
export const HEIC_PHOTO = Buffer.from(
  'AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAXxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA' +
    'AAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoAABAAAAAAAAACUAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAA' +
    'AAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/GlwcnAAAADcaXBjbwAAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34' +
    '+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqrprm' +
    '4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAA' +
    'AChjbGFwAAAAEAAAAAEAAAAQAAAAAf///9AAAAAC////0AAAAAIAAAAQcGl4aQAAAAADCAgIAAAAGGlwbWEAAAAA' +
    'AAAAAQABBYECAwWEAAAALW1kYXQAAAAhKAGvBBITDOD46cJoCM/3KUTLyftAqyvjSZ93sRiSqf+g',
  'base64',
);

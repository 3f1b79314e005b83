import type { Similarity } from './geometry.ts';

/** Finest scale at which a photo is searched: 32 px between the eyes become 8, of which few are missed. */
const FINEST_SCALE = 1 / 4;
/** Between two levels of the pyramid. What one level shows too large lies in the next one's range. */
const LEVEL_RATIO = 3;
/** Px of the view that neighbouring tiles share: the largest face that a level is to find. */
const OVERLAP = 64;
/** A level that is at most this much larger than the view of the whole photo finds nothing new. */
const MIN_GAIN = 1.3;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** One level of an image pyramid, cut into overlapping square tiles. */
export interface TileLevel {
  /** From photo px to px of each tile. */
  readonly views: readonly Similarity[];
  /** Photo px up to which a face fits into one of the tiles, wherever it lies. */
  readonly maxFacePx: number;
}

/** Scales the photo so that its longer side fills a square of `size` px, and centres it there. */
export function wholeView({ width, height }: Size, size: number): Similarity {
  const a = size / Math.max(width, height);
  return { a, b: 0, tx: (size - a * width) / 2, ty: (size - a * height) / 2 };
}

/**
 * The levels to search for faces that the view of the whole photo shows too small, the coarsest
 * first; none for a photo that is small itself.
 *
 * @param size of a tile in px
 */
export function tileLevels(photo: Size, size: number): readonly TileLevel[] {
  const longerSide = Math.max(photo.width, photo.height);
  const levels: TileLevel[] = [];
  for (let a = FINEST_SCALE; a * longerSide > MIN_GAIN * size; a /= LEVEL_RATIO) {
    const columns = tileStarts(a * photo.width, size);
    const rows = tileStarts(a * photo.height, size);
    const views = rows.flatMap((y) => columns.map((x) => ({ a, b: 0, tx: -x, ty: -y })));
    levels.unshift({ views, maxFacePx: OVERLAP / a });
  }
  return levels;
}

/** Where tiles start along a side of `length` px: evenly spread, or one in its middle. */
function tileStarts(length: number, size: number): number[] {
  if (length <= size) return [(length - size) / 2];
  const count = Math.ceil((length - OVERLAP) / (size - OVERLAP));
  return Array.from({ length: count }, (_, i) => (i * (length - size)) / (count - 1));
}

/** Turns clockwise by 90 degrees. */
export type Quarters = 0 | 1 | 2 | 3;

/** A photo turned in thought: nothing is done to its pixels. */
export interface Turn {
  readonly turned: Size;
  /** From photo px to px of the turned photo. */
  readonly toTurned: Similarity;
}

export function turnPhoto({ width, height }: Size, quarters: Quarters): Turn {
  const upright = { width, height };
  const sideways = { width: height, height: width };
  const turns: Readonly<Record<Quarters, Turn>> = {
    0: { turned: upright, toTurned: { a: 1, b: 0, tx: 0, ty: 0 } },
    1: { turned: sideways, toTurned: { a: 0, b: 1, tx: height, ty: 0 } },
    2: { turned: upright, toTurned: { a: -1, b: 0, tx: width, ty: height } },
    3: { turned: sideways, toTurned: { a: 0, b: -1, tx: 0, ty: width } },
  };
  return turns[quarters];
}

import { Random } from '../../random.ts';
import type { Features } from '../features.ts';
import { laplacianPyramid } from './laplacian.ts';
import type { CropSize } from './pixels.ts';

/** Side of a patch in px. */
const SIDE = 7;
const MAX_LEVELS = 3;
/** The same places for every set of faces. */
const SEED = 17;

/**
 * Patches of 7x7 px at random places of every level of every face's Laplacian pyramid, flattened;
 * the places are the same whatever the faces.
 *
 * @param levels faces, uint8 RGB, [n, h, w, 3]
 * @param perFace patches taken from each level of each face
 * @returns one set per level, finest first: three, or fewer for faces too small for a patch
 */
export function pyramidPatches(levels: Uint8Array, size: CropSize, perFace: number): Features[] {
  const bytes = size.width * size.height * 3;
  const faces = levels.length / bytes;
  const depth = countLevels(size);
  const sets = Array.from({ length: depth }, () => ({
    data: new Float32Array(faces * perFace * SIDE * SIDE * 3),
    count: faces * perFace,
    size: SIDE * SIDE * 3,
  }));
  const random = new Random(SEED);
  for (let i = 0; i < faces; i++) {
    const face = levels.subarray(i * bytes, (i + 1) * bytes);
    for (const [l, level] of laplacianPyramid(face, size, depth).entries()) {
      const set = sets[l] as (typeof sets)[number];
      for (let p = 0; p < perFace; p++) {
        const left = random.integer(0, level.width - SIDE);
        const top = random.integer(0, level.height - SIDE);
        for (let row = 0; row < SIDE; row++) {
          const from = ((top + row) * level.width + left) * 3;
          const to = (i * perFace + p) * set.size + row * SIDE * 3;
          set.data.set(level.data.subarray(from, from + SIDE * 3), to);
        }
      }
    }
  }
  return sets;
}

function countLevels({ width, height }: CropSize): number {
  const isLargeEnough = (level: number): boolean => {
    const [w, h] = [width / 2 ** level, height / 2 ** level];
    return Number.isInteger(w) && Number.isInteger(h) && Math.min(w, h) >= SIDE;
  };
  let depth = 1;
  while (depth < MAX_LEVELS && isLargeEnough(depth)) depth++;
  return depth;
}

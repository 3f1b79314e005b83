import type { CropGeometry } from '../../models/contract/crop.ts';
import { Random } from '../random.ts';
import { SUBJECT } from './rows.ts';
import type { Faces, Subject } from './test-faces.ts';

/** Faces are compared by the mean colours of a grid of this many cells. */
const GRID = { width: 8, height: 10 } as const;
const RANDOM_SEED = 23;

/**
 * What a makeover must beat: results that need no network, for the given sources.
 *
 * @param train the populations of split 0, where mean faces and whole faces are taken from
 */
export function baselines(
  sources: Faces,
  train: { readonly sources: Faces; readonly targets: Faces },
  crop: CropGeometry,
): Subject[] {
  const bytes = crop.width * crop.height * 3;
  const difference = meanDifference(train.sources.levels, train.targets.levels, bytes);
  const mean = Uint8Array.from(meanFace(train.targets.levels, bytes), Math.round);
  const random = new Random(RANDOM_SEED);
  const last = train.targets.files.length - 1;
  const takeTargets = (pick: (i: number) => number): Uint8Array => {
    const levels = new Uint8Array(sources.levels.length);
    sources.files.forEach((_, i) => {
      const first = pick(i) * bytes;
      levels.set(train.targets.levels.subarray(first, first + bytes), i * bytes);
    });
    return levels;
  };
  const nearest = nearestTargets(sources.levels, train.targets.levels, crop);
  const results: [string, Uint8Array][] = [
    [SUBJECT.nothing, sources.levels],
    [SUBJECT.meanShift, meanShift(sources.levels, difference, 1)],
    [SUBJECT.meanShiftTwice, meanShift(sources.levels, difference, 2)],
    [SUBJECT.nearest, takeTargets((i) => nearest[i] as number)],
    [SUBJECT.random, takeTargets(() => random.integer(0, last))],
    [SUBJECT.meanFace, sources.levels.map((_, i) => mean[i % bytes] as number)],
  ];
  return results.map(([of, levels]) => ({ of, faces: { files: sources.files, levels } }));
}

/** Mean of the targets minus mean of the sources per sample of the crop, in grey levels. */
export function meanDifference(
  sources: Uint8Array,
  targets: Uint8Array,
  faceBytes: number,
): Float64Array {
  const from = meanFace(sources, faceBytes);
  return meanFace(targets, faceBytes).map((value, i) => value - (from[i] as number));
}

/** Adds `times` the mean difference to every face. */
export function meanShift(
  sources: Uint8Array,
  difference: Float64Array,
  times: number,
): Uint8Array {
  return sources.map((level, i) =>
    Math.min(
      255,
      Math.max(0, Math.round(level + times * (difference[i % difference.length] ?? 0))),
    ),
  );
}

/** For each source the index of the target with the least squared distance of 8x10 mean colours. */
export function nearestTargets(
  sources: Uint8Array,
  targets: Uint8Array,
  crop: CropGeometry,
): number[] {
  const candidates = thumbnails(targets, crop);
  return thumbnails(sources, crop).map((source) => {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    candidates.forEach((candidate, j) => {
      let distance = 0;
      for (let k = 0; k < source.length && distance < least; k++) {
        distance += ((source[k] as number) - (candidate[k] as number)) ** 2;
      }
      if (distance < least) {
        least = distance;
        best = j;
      }
    });
    return best;
  });
}

/** Mean colours of a grid of cells, one list per face. */
function thumbnails(levels: Uint8Array, { width, height }: CropGeometry): Float64Array[] {
  const bytes = width * height * 3;
  const cells = Int32Array.from({ length: width * height }, (_, i) => {
    const column = Math.floor(((i % width) * GRID.width) / width);
    return Math.floor((Math.floor(i / width) * GRID.height) / height) * GRID.width + column;
  });
  const sizes = new Int32Array(GRID.width * GRID.height);
  for (const cell of cells) sizes[cell] = (sizes[cell] as number) + 1;
  return Array.from({ length: levels.length / bytes }, (_, face) => {
    const means = new Float64Array(sizes.length * 3);
    for (let i = 0; i < bytes; i++) {
      const cell = cells[Math.floor(i / 3)] as number;
      const at = cell * 3 + (i % 3);
      const level = levels[face * bytes + i] as number;
      means[at] = (means[at] as number) + level / (sizes[cell] as number);
    }
    return means;
  });
}

function meanFace(levels: Uint8Array, faceBytes: number): Float64Array {
  const mean = new Float64Array(faceBytes);
  const count = levels.length / faceBytes;
  for (let i = 0; i < levels.length; i++) {
    mean[i % faceBytes] = (mean[i % faceBytes] ?? 0) + (levels[i] as number) / count;
  }
  return mean;
}

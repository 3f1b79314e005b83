import type { CropPair } from '../../models/contract/pipeline.ts';

/** How a generator changed the faces of a photo, in grey levels over all their pixels. */
export interface FaceChange {
  readonly meanAbs: number;
  /** Of red, green and blue. */
  readonly mean: readonly [number, number, number];
}

/** Measures the generator's whole answer, whatever the strength. */
export function measureChange(faces: readonly CropPair[]): FaceChange {
  let sumAbs = 0;
  const sums: [number, number, number] = [0, 0, 0];
  let samples = 0;
  for (const { crop, result } of faces) {
    samples += crop.data.length;
    for (const [i, before] of crop.data.entries()) {
      const difference = (result.data[i] ?? before) - before;
      sumAbs += Math.abs(difference);
      sums[(i % 3) as 0 | 1 | 2] += difference;
    }
  }
  const [red, green, blue] = sums;
  const perChannel = samples / 3;
  return {
    meanAbs: sumAbs / samples,
    mean: [red / perChannel, green / perChannel, blue / perChannel],
  };
}

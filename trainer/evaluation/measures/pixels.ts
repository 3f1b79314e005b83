import type { CropGeometry } from '../../../models/contract/crop.ts';
import { changeOutside, meanChange } from '../figures/pixels.ts';
import { structuralSimilarity } from '../figures/structural-similarity.ts';
import { meanTone, skinPixels } from '../figures/tone.ts';
import { FIGURE, PIXELS } from '../rows.ts';
import type { Faces } from '../test-faces.ts';
import { type Measure, splitRow, type TestSplit } from './measure.ts';

/** Faces that are changed by less than this many grey levels on average count as unchanged. */
const UNCHANGED_LEVELS = 3;

/** Figures that compare each result with its source pixel by pixel. */
export function pixelMeasure(test: TestSplit): Measure {
  const { crop, sources } = test;
  return {
    references: [],
    measure: (subject) => {
      const changes = pairs(sources, subject.faces, crop).map(([x, y]) => meanChange(x, y));
      const meanOf = (figure: (x: Uint8Array, y: Uint8Array) => number): number =>
        mean(pairs(sources, subject.faces, crop).map(([x, y]) => figure(x, y)));
      const unchanged = changes.map((change) => (change < UNCHANGED_LEVELS ? 1 : 0));
      const shifts = toneShifts(sources, subject.faces, crop);
      const figures: [string, number][] = [
        [FIGURE.ssim, meanOf((x, y) => structuralSimilarity(x, y, crop))],
        [FIGURE.outside, meanOf((x, y) => changeOutside(x, y, crop))],
        [FIGURE.change, mean(changes)],
        [FIGURE.unchanged, mean(unchanged)],
        [FIGURE.lightness, mean(shifts.map(({ lightness }) => lightness))],
        [FIGURE.chroma, mean(shifts.map(({ chroma }) => chroma))],
      ];
      return figures.map(([figure, value]) => splitRow(test, figure, subject, PIXELS, value));
    },
  };
}

/** For each face how much lighter and more colourful its skin became. */
export function toneShifts(
  sources: Faces,
  results: Faces,
  crop: CropGeometry,
): { readonly lightness: number; readonly chroma: number }[] {
  const skin = skinPixels(crop);
  return pairs(sources, results, crop).map(([x, y]) => {
    const [before, after] = [meanTone(x, skin), meanTone(y, skin)];
    return {
      lightness: after.lightness - before.lightness,
      chroma: after.chroma - before.chroma,
    };
  });
}

/** Each source with its result. */
function pairs(sources: Faces, results: Faces, crop: CropGeometry): [Uint8Array, Uint8Array][] {
  const bytes = crop.width * crop.height * 3;
  return sources.files.map((_, i) => [
    sources.levels.subarray(i * bytes, (i + 1) * bytes),
    results.levels.subarray(i * bytes, (i + 1) * bytes),
  ]);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

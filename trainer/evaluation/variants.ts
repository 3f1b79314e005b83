import type { VariantQuality } from '../../models/contract/variants.ts';
import { pairedDifference } from './figures/paired-difference.ts';
import type { CropSize } from './figures/pixels.ts';
import { structuralSimilarity } from './figures/structural-similarity.ts';
import { type Instrument, judge } from './instruments/instrument.ts';
import type { Faces } from './test-faces.ts';

/** Who sees whether a makeover succeeded. */
interface Jury {
  readonly crop: CropSize;
  /** The population that results should be in, e.g. `!Male`. */
  readonly term: string;
  readonly judges: readonly Instrument[];
  readonly attributes: readonly string[];
}

/** What a variant of a model loses against the model itself, from both one's results of the same faces. */
export function compareResults(
  { crop, term, judges, attributes }: Jury,
  variant: Faces,
  reference: Faces,
): Omit<VariantQuality, 'splits'> {
  const count = variant.files.length;
  const seen = (by: Instrument, { levels }: Faces): boolean[] =>
    judge(by, levels, count, term, attributes);
  const bytes = crop.width * crop.height * 3;
  let similarity = 0;
  let maxAbs = 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const a = variant.levels.subarray(i * bytes, (i + 1) * bytes);
    const b = reference.levels.subarray(i * bytes, (i + 1) * bytes);
    similarity += structuralSimilarity(a, b, crop);
    a.forEach((level, j) => {
      const difference = Math.abs(level - (b[j] as number));
      maxAbs = Math.max(maxAbs, difference);
      sum += difference;
    });
  }
  return {
    faces: count,
    ssim: similarity / count,
    maxAbs,
    meanAbs: sum / (count * bytes),
    success: judges.map((by) => ({
      by: by.name,
      ...pairedDifference(seen(by, variant), seen(by, reference)),
    })),
  };
}

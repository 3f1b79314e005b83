/** What a makeover must beat: results that need no network. */

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

function meanFace(levels: Uint8Array, faceBytes: number): Float64Array {
  const mean = new Float64Array(faceBytes);
  const count = levels.length / faceBytes;
  for (let i = 0; i < levels.length; i++) {
    mean[i % faceBytes] = (mean[i % faceBytes] ?? 0) + (levels[i] as number) / count;
  }
  return mean;
}

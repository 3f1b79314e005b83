import { type Features, featureRow } from '../features.ts';

/** The ball around a point reaches to this neighbour. */
const NEIGHBOUR = 3;

/**
 * Share of `points` that lie in a ball around one of `centres`, each ball reaching to its centre's
 * third nearest neighbour among the centres (Kynkäänniemi et al., 2019). With results as points and
 * real targets as centres it is precision, the other way round it is recall.
 */
export function coverage(points: Features, centres: Features): number {
  const radii = squaredRadii(centres);
  let covered = 0;
  for (let i = 0; i < points.count; i++) {
    const point = featureRow(points, i);
    const isCovered = radii.some(
      (radius, j) => squaredDistance(point, featureRow(centres, j)) <= radius,
    );
    if (isCovered) covered++;
  }
  return covered / points.count;
}

function squaredRadii(centres: Features): Float64Array {
  return Float64Array.from({ length: centres.count }, (_, i) => {
    const centre = featureRow(centres, i);
    const distances = new Float64Array(centres.count);
    for (let j = 0; j < centres.count; j++) {
      distances[j] = squaredDistance(centre, featureRow(centres, j));
    }
    // The nearest of all is the centre itself.
    return distances.sort()[Math.min(NEIGHBOUR, centres.count - 1)] as number;
  });
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return sum;
}

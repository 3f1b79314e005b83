import type { FaceLandmarks } from './face.ts';
import type { Box, Point } from './geometry.ts';
import type { AnchorGrid, DetectorManifest } from './manifest.ts';

/** A face as the detector answered it, in px of its square input. */
export interface Detection {
  readonly box: Box;
  readonly points: FaceLandmarks;
  /** Probability, 0 to 1. */
  readonly score: number;
}

/** Values of an anchor: the box's centre and size, and six points, x before y. */
export const ANCHOR_VALUES = 16;
/** Where each of them starts. */
const BOX_CENTRE = 0;
const BOX_SIZE = 2;
const LEFT_EYE = 4;
const RIGHT_EYE = 6;
const NOSE = 8;
const MOUTH = 10;
const LEFT_EAR = 12;
const RIGHT_EAR = 14;

/** Share of a box that may lie inside another face's. */
const MAX_CONTAINED = 0.6;

/**
 * Turns a single-shot detector's raw answer into faces. Detections of one face are averaged,
 * weighted by their probabilities, which keeps the points steadier than taking only the best.
 *
 * @param boxes [anchors, 16] in px of the input, relative to the anchor's centre
 * @param scores [anchors] logits
 */
export function decodeDetections(
  boxes: Float32Array,
  scores: Float32Array,
  { anchors, inputSize, minScore, maxOverlap }: DetectorManifest,
): Detection[] {
  let rest = listCentres(anchors, inputSize)
    .flatMap((centre, i) => {
      const score = sigmoid(scores[i] as number);
      return score < minScore ? [] : [decodeAnchor(boxes, i * ANCHOR_VALUES, centre, score)];
    })
    .sort((a, b) => b.score - a.score);
  const faces: Detection[] = [];
  for (let best = rest[0]; best !== undefined; best = rest[0]) {
    const { box } = best;
    const same = rest.filter((other) => other === best || isSameFace(box, other.box, maxOverlap));
    faces.push(averageDetections(same));
    rest = rest.filter((other) => !same.includes(other));
  }
  return faces;
}

/** Centres of all anchors in px of the input, in the order of the outputs. */
function listCentres(grids: readonly AnchorGrid[], inputSize: number): Point[] {
  return grids.flatMap(({ size, perCell }) =>
    Array.from({ length: size * size * perCell }, (_, i) => {
      const cell = Math.floor(i / perCell);
      const cellPx = inputSize / size;
      return { x: ((cell % size) + 0.5) * cellPx, y: (Math.floor(cell / size) + 0.5) * cellPx };
    }),
  );
}

function decodeAnchor(
  values: Float32Array,
  start: number,
  centre: Point,
  score: number,
): Detection {
  const pair = (place: number): Point => ({
    x: values[start + place] as number,
    y: values[start + place + 1] as number,
  });
  const point = (place: number): Point => {
    const { x, y } = pair(place);
    return { x: centre.x + x, y: centre.y + y };
  };
  const { x: width, y: height } = pair(BOX_SIZE);
  const { x, y } = point(BOX_CENTRE);
  return {
    box: { x: x - width / 2, y: y - height / 2, width, height },
    points: {
      leftEye: point(LEFT_EYE),
      rightEye: point(RIGHT_EYE),
      nose: point(NOSE),
      mouth: point(MOUTH),
      leftEar: point(LEFT_EAR),
      rightEar: point(RIGHT_EAR),
    },
    score,
  };
}

/**
 * Whether two boxes are of one face: they overlap much for their union, or the smaller lies mostly
 * in the larger, as false finds in close-ups do.
 *
 * @param maxOverlap intersection over union of two faces
 */
export function isSameFace(a: Box, b: Box, maxOverlap: number): boolean {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return false;
  const shared = width * height;
  const [small, large] = [a.width * a.height, b.width * b.height].sort((x, y) => x - y) as [
    number,
    number,
  ];
  return shared > maxOverlap * (small + large - shared) || shared > MAX_CONTAINED * small;
}

/** The average by probability; its own probability is the best one's. */
function averageDetections(detections: readonly Detection[]): Detection {
  const total = detections.reduce((sum, { score }) => sum + score, 0);
  const average = (read: (detection: Detection) => number): number =>
    detections.reduce((sum, detection) => sum + detection.score * read(detection), 0) / total;
  const averagePoint = (name: keyof FaceLandmarks): Point => ({
    x: average(({ points }) => points[name].x),
    y: average(({ points }) => points[name].y),
  });
  return {
    box: {
      x: average(({ box }) => box.x),
      y: average(({ box }) => box.y),
      width: average(({ box }) => box.width),
      height: average(({ box }) => box.height),
    },
    points: {
      leftEye: averagePoint('leftEye'),
      rightEye: averagePoint('rightEye'),
      nose: averagePoint('nose'),
      mouth: averagePoint('mouth'),
      leftEar: averagePoint('leftEar'),
      rightEar: averagePoint('rightEar'),
    },
    score: Math.max(...detections.map(({ score }) => score)),
  };
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

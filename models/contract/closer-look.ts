import { CELEBA_CROP, type FacePoints, listPoints } from './crop.ts';
import type { Detection } from './detections.ts';
import {
  applySimilarity,
  centreOf,
  distanceBetween,
  fitSimilarity,
  type Similarity,
} from './geometry.ts';
import type { Scene } from './scene.ts';

/** Distance of the eyes in the second look, as a share of the square's side. */
const EYE_DISTANCE = 0.14;
/** Looks at a face that is not upright yet in its view, besides the first of them. */
const MAX_CORRECTIONS = 2;
/** A face tilted by this in its view is looked at again. */
const MAX_ROLL = Math.PI / 12;
/**
 * The detector also takes a face upside down for an upright one, with the mouth for the eyes. On 28
 * portraits turned by 180 degrees it gave all of these less than this probability.
 */
const SURE_SCORE = 0.87;
/** Where half turns are more probable by this, over all faces of the photo, they are how the faces are. */
const MIN_TURN_GAIN = 0.02;
/** What a sure face counts against the half turn: about the gain of an unsure one that is upside down. */
const SURE_VOTE = 0.1;

/** A face as it was seen, and as it may be turned by 180 degrees where that is not sure. */
export interface Sighting {
  readonly seen: Detection;
  readonly opposite: Detection | undefined;
}

/** The faces as they were seen, or half turned: people in a photo mostly are all the same way up. */
export function chooseTurn(faces: readonly Sighting[]): readonly Detection[] {
  const gain = faces.reduce(
    (sum, { seen, opposite }) =>
      sum + (opposite === undefined ? -SURE_VOTE : opposite.score - seen.score),
    0,
  );
  const isTurned = gain > MIN_TURN_GAIN;
  return faces.map(({ seen, opposite }) => (isTurned ? (opposite ?? seen) : seen));
}

/**
 * Looks at a find again, with the face turned upright and at the size that the detector sees best.
 *
 * @returns undefined when it is no face
 * @throws Error when the model's answer does not match its manifest
 */
export async function lookClosely(scene: Scene, find: Detection): Promise<Sighting | undefined> {
  const view = faceView(find.points, scene.viewSize);
  const seen = await lookUpright(scene, find, view);
  if (seen === undefined) return undefined;
  if (seen.score >= SURE_SCORE) return { seen, opposite: undefined };
  const { a, b, tx, ty } = view;
  const halfTurned = { a: -a, b: -b, tx: scene.viewSize - tx, ty: scene.viewSize - ty };
  return { seen, opposite: await lookUpright(scene, find, halfTurned) };
}

/** Looks at a find, and again from what it saw, until the face is upright in the view. */
async function lookUpright(
  scene: Scene,
  find: Detection,
  firstView: Similarity,
): Promise<Detection | undefined> {
  let view = firstView;
  let seen = pickFind(await scene.look(view), find);
  for (let i = 0; i < MAX_CORRECTIONS && seen !== undefined; i++) {
    if (Math.abs(rollIn(view, seen.points)) <= MAX_ROLL) break;
    view = faceView(seen.points, scene.viewSize);
    seen = pickFind(await scene.look(view), seen) ?? seen;
  }
  return seen;
}

/** The angle of the eyes in a view, in radians. */
function rollIn(view: Similarity, { leftEye, rightEye }: FacePoints): number {
  const left = applySimilarity(view, leftEye);
  const right = applySimilarity(view, rightEye);
  return Math.atan2(right.y - left.y, right.x - left.x);
}

/** Turns a face upright and centres it in a square of `size` px. */
function faceView(points: FacePoints, size: number): Similarity {
  const { template, width, height } = CELEBA_CROP;
  const scale = (EYE_DISTANCE * size) / (template.rightEye.x - template.leftEye.x);
  const targets = listPoints(template).map(({ x, y }) => ({
    x: size / 2 + scale * (x - width / 2),
    y: size / 2 + scale * (y - height / 2),
  }));
  return fitSimilarity(listPoints(points), targets);
}

/** The detection of a closer look that lies where the face was found. */
function pickFind(seen: readonly Detection[], { points }: Detection): Detection | undefined {
  const distanceTo = (detection: Detection): number =>
    distanceBetween(centreOf(listPoints(detection.points)), centreOf(listPoints(points)));
  const [nearest] = seen.toSorted((a, b) => distanceTo(a) - distanceTo(b));
  if (nearest === undefined) return undefined;
  const eyeDistance = distanceBetween(points.leftEye, points.rightEye);
  return distanceTo(nearest) < eyeDistance ? nearest : undefined;
}

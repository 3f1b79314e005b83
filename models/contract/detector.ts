import type { ColorProfile } from './color-profile.ts';
import { alignFace, CELEBA_CROP, type FacePoints, listPoints } from './crop.ts';
import { type Detection, isSameFace } from './detections.ts';
import type { Face, FaceLandmarks } from './face.ts';
import {
  applySimilarity,
  centreOf,
  composeSimilarities,
  distanceBetween,
  fitSimilarity,
  invertSimilarity,
  type Point,
  type Similarity,
} from './geometry.ts';
import type { DetectorManifest } from './manifest.ts';
import type { LoadedModel } from './pipeline.ts';
import type { Raster } from './raster.ts';
import { Scene } from './scene.ts';
import { type Quarters, type Turn, tileLevels, turnPhoto, wholeView } from './views.ts';

/** Distance of the eyes in the second look, as a share of the square's side. */
const EYE_DISTANCE = 0.14;
/** A face whose box takes this share of the photo's shorter side is what the photo is of. */
const FILLING_SHARE = 0.4;
/** The second look changes a box's size by less than this factor. */
const MAX_REFINEMENT = 1.5;
/** Looks at a face that is not upright yet in its view, besides the first of them. */
const MAX_CORRECTIONS = 2;
/** A face tilted by this in its view is looked at again. */
const MAX_ROLL = Math.PI / 12;
/**
 * The detector also takes a face upside down for an upright one, with the mouth for the eyes. On 28
 * portraits turned by 180 degrees it gave all of these less than this probability.
 */
const SURE_SCORE = 0.87;
/** Where the half turn is more probable by this, it is how the face is. */
const MIN_TURN_GAIN = 0.02;

/**
 * Finds the faces of a photo, the largest box first. The detector looks at each face twice: where it
 * searches, then with the face turned upright and at the size that it sees best. The second look places
 * the points of large and tilted faces much better, and drops what is no face. It searches the whole
 * photo, then tiles of a large photo for the small faces; where that finds no face, it searches as if
 * the photo had been turned.
 *
 * @param profile of the photo's RGB values, undefined for sRGB
 * @throws Error when the model's answer does not match its manifest
 */
export async function detectFaces(
  photo: Raster,
  detector: LoadedModel<DetectorManifest>,
  maxFaces: number,
  profile?: ColorProfile,
): Promise<Face[]> {
  const scene = new Scene(photo, detector, profile);
  const found = await searchTurns(scene, maxFaces);
  const { pointOffset } = detector.manifest;
  return found
    .toSorted(largestFirst)
    .slice(0, maxFaces)
    .map((face, i) => ({
      ...face,
      id: i + 1,
      points: correctPoints(face.points, pointOffset),
    }));
}

async function searchTurns(scene: Scene, maxFaces: number): Promise<readonly Detection[]> {
  const upright = await new Search(scene, maxFaces, 0).run(true);
  if (upright.length > 0 || scene.isFlat) return upright;
  for (const quarters of [1, 3, 2] as const) {
    // Small faces are found in tiles whichever way they are turned: those need not be turned too.
    const faces = await new Search(scene, maxFaces, quarters).run(false);
    if (faces.length > 0) return faces;
  }
  return [];
}

/** Looks for faces in one view after the other of a photo that is turned in thought. */
class Search {
  /** Those found so far, each once. */
  readonly #faces: Detection[] = [];
  readonly #scene: Scene;
  readonly #maxFaces: number;
  readonly #turn: Turn;

  /** @param quarters turns of the photo clockwise by 90 degrees */
  constructor(scene: Scene, maxFaces: number, quarters: Quarters) {
    this.#scene = scene;
    this.#maxFaces = maxFaces;
    this.#turn = turnPhoto(scene.photo, quarters);
  }

  /** @param withTiles whether small faces are searched too */
  async run(withTiles: boolean): Promise<readonly Detection[]> {
    const view = this.#fromPhoto(wholeView(this.#turn.turned, this.#scene.viewSize));
    await this.#confirm(await this.#scene.search(view));
    if (withTiles && !this.#isFilled) await this.#searchTiles();
    return this.#faces;
  }

  /** Costs a look for each tile, so only levels that can show faces which are wanted are searched. */
  async #searchTiles(): Promise<void> {
    for (const { views, maxFacePx } of tileLevels(this.#turn.turned, this.#scene.viewSize)) {
      if (this.#hasEnoughLargerThan(maxFacePx)) continue;
      const finds: Detection[] = [];
      for (const view of views) {
        finds.push(...(await this.#scene.searchUnlessFlat(this.#fromPhoto(view))));
      }
      await this.#confirm(finds);
    }
  }

  #fromPhoto(view: Similarity): Similarity {
    return composeSimilarities(view, this.#turn.toTurned);
  }

  /** Whether one large face is what the photo is of. */
  get #isFilled(): boolean {
    const { width, height } = this.#scene.photo;
    const share = FILLING_SHARE * Math.min(width, height);
    return this.#faces.some(({ box }) => box.width >= share);
  }

  #hasEnoughLargerThan(px: number): boolean {
    return this.#faces.length >= this.#maxFaces && this.#faces.every(({ box }) => box.width > px);
  }

  /** Looks again at each find, and keeps what is a face that is not known yet. */
  async #confirm(finds: readonly Detection[]): Promise<void> {
    const { maxOverlap } = this.#scene;
    for (const find of finds.toSorted(largestFirst)) {
      // All that follow are smaller, and do not grow into the largest ones.
      if (this.#hasEnoughLargerThan(find.box.width * MAX_REFINEMENT)) return;
      const isKnown = ({ box }: Detection): boolean =>
        this.#faces.some((face) => isSameFace(face.box, box, maxOverlap));
      if (isKnown(find)) continue;
      const seen = await lookClosely(this.#scene, find);
      if (seen !== undefined && !isKnown(seen)) this.#faces.push(seen);
    }
  }
}

/** The face at a find, in whichever of two opposite ways it is more probable; undefined when it is none. */
async function lookClosely(scene: Scene, find: Detection): Promise<Detection | undefined> {
  const view = faceView(find.points, scene.viewSize);
  const seen = await lookUpright(scene, find, view);
  if (seen === undefined || seen.score >= SURE_SCORE) return seen;
  const { a, b, tx, ty } = view;
  const halfTurned = { a: -a, b: -b, tx: scene.viewSize - tx, ty: scene.viewSize - ty };
  const opposite = await lookUpright(scene, find, halfTurned);
  return opposite !== undefined && opposite.score > seen.score + MIN_TURN_GAIN ? opposite : seen;
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

/** Adds the offset, in px of the aligned crop, to the points that faces are aligned by. */
function correctPoints(points: FaceLandmarks, offset: FacePoints): FaceLandmarks {
  const toCrop = alignFace(points, CELEBA_CROP);
  const toPhoto = invertSimilarity(toCrop);
  const correct = (point: Point, { x, y }: Point): Point => {
    const aligned = applySimilarity(toCrop, point);
    return applySimilarity(toPhoto, { x: aligned.x + x, y: aligned.y + y });
  };
  return {
    ...points,
    leftEye: correct(points.leftEye, offset.leftEye),
    rightEye: correct(points.rightEye, offset.rightEye),
    mouth: correct(points.mouth, offset.mouth),
  };
}

function largestFirst(a: Detection, b: Detection): number {
  return b.box.width * b.box.height - a.box.width * a.box.height;
}

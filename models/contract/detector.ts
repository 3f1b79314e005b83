import { chooseTurn, lookClosely, type Sighting } from './closer-look.ts';
import type { ColorProfile } from './color-profile.ts';
import { alignFace, CELEBA_CROP, type FacePoints } from './crop.ts';
import { type Detection, isSameFace } from './detections.ts';
import type { Face, FaceLandmarks } from './face.ts';
import {
  applySimilarity,
  composeSimilarities,
  invertSimilarity,
  type Point,
  type Similarity,
} from './geometry.ts';
import type { DetectorManifest } from './manifest.ts';
import type { LoadedModel } from './pipeline.ts';
import type { Raster } from './raster.ts';
import { Scene } from './scene.ts';
import { type Quarters, type Turn, tileLevels, turnPhoto, wholeView } from './views.ts';

/** A face whose box takes this share of the photo's shorter side is what the photo is of. */
const FILLING_SHARE = 0.4;
/** The second look changes a box's size by less than this factor. */
const MAX_REFINEMENT = 1.5;
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
  readonly #faces: Sighting[] = [];
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
    return chooseTurn(this.#faces);
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
    return this.#faces.some(({ seen: { box } }) => box.width >= share);
  }

  #hasEnoughLargerThan(px: number): boolean {
    return (
      this.#faces.length >= this.#maxFaces &&
      this.#faces.every(({ seen: { box } }) => box.width > px)
    );
  }

  /** Looks again at each find, and keeps what is a face that is not known yet. */
  async #confirm(finds: readonly Detection[]): Promise<void> {
    const { maxOverlap } = this.#scene;
    for (const find of finds.toSorted(largestFirst)) {
      // All that follow are smaller, and do not grow into the largest ones.
      if (this.#hasEnoughLargerThan(find.box.width * MAX_REFINEMENT)) return;
      const isKnown = ({ box }: Detection): boolean =>
        this.#faces.some(({ seen }) => isSameFace(seen.box, box, maxOverlap));
      if (isKnown(find)) continue;
      const face = await lookClosely(this.#scene, find);
      if (face !== undefined && !isKnown(face.seen)) this.#faces.push(face);
    }
  }
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

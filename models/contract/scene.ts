import type { ColorProfile } from './color-profile.ts';
import { ANCHOR_VALUES, type Detection, decodeDetections } from './detections.ts';
import {
  applySimilarity,
  distanceBetween,
  invertSimilarity,
  type Point,
  type Similarity,
  scaleOf,
} from './geometry.ts';
import type { DetectorManifest } from './manifest.ts';
import type { LoadedModel } from './pipeline.ts';
import type { Raster } from './raster.ts';
import { shrink, warp } from './resample.ts';
import { BOXES, IMAGE, requireFloats, SCORES } from './tensor.ts';
import { wholeView } from './views.ts';

/** Views of at most 1 px for each 4 px of the photo are taken from a copy, made once, of that size. */
const COPY_FACTOR = 4;
/**
 * Probability from which on a find of the search gets a second look, which asks for the manifest's.
 * Of small faces this finds half of those that would be missed otherwise.
 */
const SEARCH_MIN_SCORE = 0.3;
/** The detector does not see the difference to a finer view, which takes twice the time. */
const BLOCKS_PER_PIXEL = 1;
/** Grey levels between the darkest and the lightest pixel of a tile that can show a face. */
const MIN_CONTRAST = 16;
/** Px of the view between those that the contrast is told by. */
const CONTRAST_STEP = 4;

/** A photo as a detector sees it: square views in sRGB. */
export class Scene {
  readonly photo: Raster;
  /** Side of a view in px. */
  readonly viewSize: number;
  readonly #detector: LoadedModel<DetectorManifest>;
  readonly #profile: ColorProfile | undefined;
  /** The photo shrunk by `COPY_FACTOR`, where that pays. */
  readonly #copy: Raster | undefined;

  constructor(
    photo: Raster,
    detector: LoadedModel<DetectorManifest>,
    profile: ColorProfile | undefined,
  ) {
    this.photo = photo;
    this.viewSize = detector.manifest.inputSize;
    this.#detector = detector;
    this.#profile = profile;
    const isLarge = Math.max(photo.width, photo.height) >= COPY_FACTOR * this.viewSize;
    this.#copy = isLarge ? shrink(photo, COPY_FACTOR) : undefined;
  }

  /** Whether the whole photo shows nothing, as a black one. */
  get isFlat(): boolean {
    return isFlat(this.#view(wholeView(this.photo, this.viewSize)));
  }

  /** Intersection over union from which on two boxes are one face's. */
  get maxOverlap(): number {
    return this.#detector.manifest.maxOverlap;
  }

  /**
   * Shows the detector a view of the photo, to make sure of a face.
   *
   * @param photoToView from photo px to px of the view
   * @returns what it finds there, in photo px
   * @throws Error when the model's answer does not match its manifest
   */
  look(photoToView: Similarity): Promise<Detection[]> {
    return this.#detect(this.#view(photoToView), photoToView, this.#detector.manifest.minScore);
  }

  /** As `look`, but also gives what is less certain: each find needs a second look. */
  search(photoToView: Similarity): Promise<Detection[]> {
    return this.#detect(this.#view(photoToView), photoToView, SEARCH_MIN_SCORE);
  }

  /** As `search`, but the detector is spared views with nothing to see, such as sky. */
  async searchUnlessFlat(photoToView: Similarity): Promise<Detection[]> {
    const view = this.#view(photoToView);
    return isFlat(view) ? [] : this.#detect(view, photoToView, SEARCH_MIN_SCORE);
  }

  #view(photoToView: Similarity): Raster {
    const size = this.viewSize;
    const { a, b, tx, ty } = photoToView;
    const hasDetail = this.#copy === undefined || scaleOf(photoToView) * COPY_FACTOR > 1;
    const view = hasDetail
      ? warp(this.photo, photoToView, size, size, BLOCKS_PER_PIXEL)
      : warp(
          this.#copy,
          { a: a * COPY_FACTOR, b: b * COPY_FACTOR, tx, ty },
          size,
          size,
          BLOCKS_PER_PIXEL,
        );
    return this.#profile === undefined ? view : this.#profile.toSrgb(view);
  }

  async #detect({ data }: Raster, photoToView: Similarity, minScore: number): Promise<Detection[]> {
    const { manifest, runner } = this.#detector;
    const { anchors, inputSize } = manifest;
    const outputs = await runner.run({
      [IMAGE]: { type: 'uint8', dims: [1, inputSize, inputSize, 3], data },
    });
    const count = anchors.reduce((sum, { size, perCell }) => sum + size * size * perCell, 0);
    const boxes = requireFloats(outputs, BOXES, [1, count, ANCHOR_VALUES]);
    const scores = requireFloats(outputs, SCORES, [1, count, 1]);
    const viewToPhoto = invertSimilarity(photoToView);
    return decodeDetections(boxes, scores, { ...manifest, minScore })
      .filter(isPlausible)
      .map((detection) => placeDetection(detection, viewToPhoto));
  }
}

function isFlat({ width, height, data }: Raster): boolean {
  let darkest = 255;
  let lightest = 0;
  for (let y = 0; y < height; y += CONTRAST_STEP) {
    for (let x = 0; x < width; x += CONTRAST_STEP) {
      const green = data[3 * (y * width + x) + 1] as number;
      darkest = Math.min(darkest, green);
      lightest = Math.max(lightest, green);
    }
  }
  return lightest - darkest < MIN_CONTRAST;
}

/** A face whose points (nearly) coincide cannot be aligned. */
function isPlausible({ box, points: { leftEye, rightEye } }: Detection): boolean {
  return box.width > 0 && box.height > 0 && distanceBetween(leftEye, rightEye) > 0.05 * box.width;
}

/** The box keeps its size and stays upright, however the view was turned. */
function placeDetection({ box, points, score }: Detection, viewToPhoto: Similarity): Detection {
  const place = (point: Point): Point => applySimilarity(viewToPhoto, point);
  const width = scaleOf(viewToPhoto) * box.width;
  const height = scaleOf(viewToPhoto) * box.height;
  const centre = place({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  return {
    box: { x: centre.x - width / 2, y: centre.y - height / 2, width, height },
    points: {
      leftEye: place(points.leftEye),
      rightEye: place(points.rightEye),
      nose: place(points.nose),
      mouth: place(points.mouth),
      leftEar: place(points.leftEar),
      rightEar: place(points.rightEar),
    },
    score,
  };
}

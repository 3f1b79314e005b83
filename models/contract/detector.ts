import type { ColorProfile } from './color-profile.ts';
import { alignFace, CELEBA_CROP, type FacePoints, listPoints } from './crop.ts';
import { ANCHOR_VALUES, type Detection, decodeDetections, isSameFace } from './detections.ts';
import type { Face, FaceLandmarks } from './face.ts';
import {
  applySimilarity,
  distanceBetween,
  fitSimilarity,
  invertSimilarity,
  type Point,
  type Similarity,
  scaleOf,
} from './geometry.ts';
import type { DetectorManifest } from './manifest.ts';
import type { LoadedModel } from './pipeline.ts';
import type { Raster } from './raster.ts';
import { warp } from './resample.ts';
import { BOXES, IMAGE, requireFloats, SCORES } from './tensor.ts';

/** Distance of the eyes in the second look, as a share of the square's side. */
const EYE_DISTANCE = 0.14;

/**
 * Finds the faces of an upright photo, the largest box first. The detector looks twice: at the
 * whole photo, then at each find, turned upright and at the size that it sees best. The second look
 * places the points of large and tilted faces much better, and drops what is no face.
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
  const { inputSize, maxOverlap, pointOffset } = detector.manifest;
  const finds = await look(photo, fitSquare(photo, inputSize), detector, profile);
  const faces: Detection[] = [];
  for (const find of finds.sort(largestFirst)) {
    if (faces.length === maxFaces) break;
    const isKnown = ({ box }: Detection): boolean =>
      faces.some((face) => isSameFace(face.box, box, maxOverlap));
    if (isKnown(find)) continue;
    const view = fitFace(find.points, inputSize);
    const seen = pickFind(await look(photo, view, detector, profile), find);
    if (seen !== undefined && !isKnown(seen)) faces.push(seen);
  }
  return faces.sort(largestFirst).map((face, i) => ({
    ...face,
    id: i + 1,
    points: correctPoints(face.points, pointOffset),
  }));
}

/**
 * Shows the detector a square view of the photo.
 *
 * @param photoToView from photo px to px of the square
 * @returns what it finds there, in photo px
 */
async function look(
  photo: Raster,
  photoToView: Similarity,
  { manifest, runner }: LoadedModel<DetectorManifest>,
  profile: ColorProfile | undefined,
): Promise<Detection[]> {
  const { inputSize, anchors } = manifest;
  const view = warp(photo, photoToView, inputSize, inputSize);
  const { data } = profile === undefined ? view : profile.toSrgb(view);
  const outputs = await runner.run({
    [IMAGE]: { type: 'uint8', dims: [1, inputSize, inputSize, 3], data },
  });
  const count = anchors.reduce((sum, { size, perCell }) => sum + size * size * perCell, 0);
  const boxes = requireFloats(outputs, BOXES, [1, count, ANCHOR_VALUES]);
  const scores = requireFloats(outputs, SCORES, [1, count, 1]);
  const viewToPhoto = invertSimilarity(photoToView);
  return decodeDetections(boxes, scores, manifest)
    .filter(isPlausible)
    .map((detection) => placeDetection(detection, viewToPhoto));
}

/** Scales the photo so that its longer side fills the square, and centres it. */
function fitSquare({ width, height }: Raster, size: number): Similarity {
  const a = size / Math.max(width, height);
  return { a, b: 0, tx: (size - a * width) / 2, ty: (size - a * height) / 2 };
}

/** Turns a face upright and centres it in the square. */
function fitFace(points: FacePoints, size: number): Similarity {
  const { template, width, height } = CELEBA_CROP;
  const scale = (EYE_DISTANCE * size) / (template.rightEye.x - template.leftEye.x);
  const targets = listPoints(template).map(({ x, y }) => ({
    x: size / 2 + scale * (x - width / 2),
    y: size / 2 + scale * (y - height / 2),
  }));
  return fitSimilarity(listPoints(points), targets);
}

/** The detection of the second look that lies where the first look found a face. */
function pickFind(seen: readonly Detection[], { points }: Detection): Detection | undefined {
  const distanceTo = (detection: Detection): number =>
    distanceBetween(eyeCentre(detection.points), eyeCentre(points));
  const [nearest] = seen.toSorted((a, b) => distanceTo(a) - distanceTo(b));
  if (nearest === undefined) return undefined;
  return distanceTo(nearest) < eyeDistance(points) ? nearest : undefined;
}

/** A face whose points (nearly) coincide cannot be aligned. */
function isPlausible({ box, points }: Detection): boolean {
  return box.width > 0 && box.height > 0 && eyeDistance(points) > 0.05 * box.width;
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

/** Adds the offset, which is given in px of the aligned crop, to the points that faces are aligned by. */
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

function eyeDistance({ leftEye, rightEye }: FacePoints): number {
  return distanceBetween(leftEye, rightEye);
}

function eyeCentre({ leftEye, rightEye }: FacePoints): Point {
  return { x: (leftEye.x + rightEye.x) / 2, y: (leftEye.y + rightEye.y) / 2 };
}

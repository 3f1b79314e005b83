import { CELEBA_CROP, type FacePoints, listPoints } from '../../models/contract/crop.ts';
import { detectFaces } from '../../models/contract/detector.ts';
import {
  applySimilarity,
  invertSimilarity,
  type Point,
  type Similarity,
} from '../../models/contract/geometry.ts';
import type { DetectorManifest } from '../../models/contract/manifest.ts';
import type { LoadedModel } from '../../models/contract/pipeline.ts';
import type { Raster } from '../../models/contract/raster.ts';
import { warp } from '../../models/contract/resample.ts';
import { type CelebaFolder, readCelebaFolder } from '../../trainer/data/celeba.ts';
import { loadCrops } from '../../trainer/data/crops.ts';
import { Random } from '../../trainer/random.ts';

/** Picture around the crop in the data sets' frames, in px. */
const MARGIN = 16;
/**
 * The detector sees the same face up to 2 crop px differently at another size, while what lies
 * around it matters little (photos gave the same means with their own surroundings and with
 * repeated edges). So the faces are placed as photos have them: the crop's height as a share of the
 * photo's side, and roll.
 */
const SHARE_MIN = 0.12;
const SHARE_MAX = 0.45;
const ROLL_MAX = (15 * Math.PI) / 180;

export type PointOffset = DetectorManifest['pointOffset'];

export const NO_OFFSET: PointOffset = {
  leftEye: { x: 0, y: 0 },
  rightEye: { x: 0, y: 0 },
  mouth: { x: 0, y: 0 },
};

export interface OffsetMeasurement {
  /** Mean of (template - detected point), in crop px. */
  readonly mean: PointOffset;
  /** Mean distance of a single point from the template, in crop px. */
  readonly meanDistance: number;
  readonly found: number;
  readonly missed: number;
}

/**
 * Compares where the detector sees eyes and mouth with where the data set's faces have them.
 *
 * @param data a data set of aligned frames in CelebA's layout
 * @param split 0, 1 or 2
 * @param count faces taken, spread evenly over the split
 */
export async function measureOffset(
  detector: LoadedModel<DetectorManifest>,
  data: string,
  split: number,
  count: number,
): Promise<OffsetMeasurement> {
  const pictures = await readPictures(await readCelebaFolder(data), split, count);
  const random = new Random(split);
  const found: FacePoints[] = [];
  for (const picture of pictures) {
    const points = await detectInside(detector, placeAtRandom(random, picture));
    if (points !== undefined) found.push(points);
  }
  if (found.length === 0) throw new Error(`no face was found in any picture of split ${split}`);
  const { template } = CELEBA_CROP;
  const differences = (name: keyof FacePoints): Point[] =>
    found.map((points) => ({
      x: template[name].x - (points[name].x - MARGIN),
      y: template[name].y - (points[name].y - MARGIN),
    }));
  const names = ['leftEye', 'rightEye', 'mouth'] as const;
  const all = names.flatMap(differences);
  return {
    mean: {
      leftEye: meanPoint(differences('leftEye')),
      rightEye: meanPoint(differences('rightEye')),
      mouth: meanPoint(differences('mouth')),
    },
    meanDistance: all.reduce((sum, { x, y }) => sum + Math.hypot(x, y), 0) / all.length,
    found: found.length,
    missed: pictures.length - found.length,
  };
}

/** The largest coordinate of an offset, without its sign. */
export function largestCoordinate(offset: PointOffset): number {
  return Math.max(...listPoints(offset).flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)]));
}

/** Every n-th face of a split with `MARGIN` px around its crop. */
async function readPictures(folder: CelebaFolder, split: number, count: number): Promise<Raster[]> {
  const members = folder.faces.filter((face) => face.split === split);
  const step = Math.max(1, Math.floor(members.length / count));
  const faces = members.filter((_, i) => i % step === 0).slice(0, count);
  const store = await loadCrops(folder, faces, CELEBA_CROP, MARGIN);
  const width = CELEBA_CROP.width + 2 * MARGIN;
  const height = CELEBA_CROP.height + 2 * MARGIN;
  return [...store.index.keys()].map((file) => ({
    width,
    height,
    channels: 3,
    data: store.read(file),
  }));
}

/** A square photo with the picture somewhere inside, its edges repeated all around. */
interface PlacedPicture {
  readonly photo: Raster;
  readonly pictureToPhoto: Similarity;
}

function placeAtRandom(random: Random, picture: Raster): PlacedPicture {
  const { width, height } = CELEBA_CROP;
  const share = SHARE_MIN * (SHARE_MAX / SHARE_MIN) ** random.uniform();
  const roll = ROLL_MAX * (2 * random.uniform() - 1);
  const side = Math.round(height / share);
  const reach = Math.hypot(width, height) / 2;
  const centre = (): number => reach + (side - 2 * reach) * random.uniform();
  const [a, b] = [Math.cos(roll), Math.sin(roll)];
  const [x, y] = [picture.width / 2, picture.height / 2];
  const pictureToPhoto = { a, b, tx: centre() - a * x + b * y, ty: centre() - b * x - a * y };
  return { photo: warp(picture, pictureToPhoto, side, side), pictureToPhoto };
}

/** The largest face's points in picture px. */
async function detectInside(
  detector: LoadedModel<DetectorManifest>,
  { photo, pictureToPhoto }: PlacedPicture,
): Promise<FacePoints | undefined> {
  const [face] = await detectFaces(photo, detector, 1);
  if (face === undefined) return undefined;
  const toPicture = invertSimilarity(pictureToPhoto);
  return {
    leftEye: applySimilarity(toPicture, face.points.leftEye),
    rightEye: applySimilarity(toPicture, face.points.rightEye),
    mouth: applySimilarity(toPicture, face.points.mouth),
  };
}

function meanPoint(points: readonly Point[]): Point {
  return { x: mean(points.map(({ x }) => x)), y: mean(points.map(({ y }) => y)) };
}

/** Rounded to what several hundred faces can tell. */
function mean(values: readonly number[]): number {
  return Number((values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(3));
}

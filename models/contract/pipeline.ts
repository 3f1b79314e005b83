import { blendFace, type FaceChange, haveOverlap } from './blend.ts';
import type { ColorProfile } from './color-profile.ts';
import { alignFace } from './crop.ts';
import { detectFaces } from './detector.ts';
import { chooseFaces, type Face, type FaceChoice } from './face.ts';
import { generateFaces } from './generator.ts';
import type { Similarity } from './geometry.ts';
import type { DetectorManifest, GeneratorManifest } from './manifest.ts';
import type { Raster } from './raster.ts';
import { warp } from './resample.ts';
import type { ModelRunner } from './tensor.ts';

/** A model that is ready to run, with what its manifest says about it. */
export interface LoadedModel<M> {
  readonly manifest: M;
  readonly runner: ModelRunner;
}

/** An upright photo. */
export interface Photo {
  readonly raster: Raster;
  /** The space of the raster's RGB values; sRGB when absent. */
  readonly profile?: ColorProfile | undefined;
  /** Nobody needs the raster as it is: the result may be written into it, which saves a copy. */
  readonly isDisposable?: boolean;
}

/** What the generator was given and what it answered, both at crop size in sRGB. */
export interface CropPair {
  readonly crop: Raster;
  /** The whole answer, whatever the strength. */
  readonly result: Raster;
}

export interface MadeOverFace extends Face, CropPair {}

/** A generator that is ready to run; the pipeline needs to know its crop. */
export type LoadedGenerator = LoadedModel<Pick<GeneratorManifest, 'crop'>>;

export interface MakeoverModels {
  readonly detector: LoadedModel<DetectorManifest>;
  readonly generator: LoadedGenerator;
}

export type MakeoverStage = 'detect' | 'infer' | 'blend';

export interface MakeoverOptions {
  /** Share of the generator's change, 0 to 1. */
  readonly strength: number;
  readonly faces: FaceChoice;
  readonly maxFaces: number;
  /** Called when a stage begins, so that the caller can time it. */
  readonly onStage?: (stage: MakeoverStage) => void;
}

export interface Makeover {
  /** The photo's size, channels and RGB space. Where nothing changed, the photo's own values. */
  readonly raster: Raster;
  /** Largest first; empty when the photo shows no face. */
  readonly faces: readonly MadeOverFace[];
}

/** What became of faces whose places were given, in their order. */
export interface PlacedMakeover {
  readonly raster: Raster;
  readonly faces: readonly CropPair[];
}

/**
 * Makes over the faces of a photo: detects, aligns, generates, and brings the change to the photo's
 * full size. The photo itself is left as it was, unless it is disposable.
 *
 * @throws UnknownFaceError when `faces` names an id that no face has; Error when an option is out of
 *   range or a model's answer does not match its manifest
 */
export async function makeOver(
  photo: Photo,
  { detector, generator }: MakeoverModels,
  { strength, faces: which, maxFaces, onStage }: MakeoverOptions,
): Promise<Makeover> {
  if (!(strength >= 0 && strength <= 1)) {
    throw new Error(`strength is ${strength}, expected 0 to 1`);
  }
  const { raster, profile } = photo;
  onStage?.('detect');
  const limit = which === 'largest' ? 1 : maxFaces;
  const found = chooseFaces(await detectFaces(raster, detector, limit, profile), which);
  if (found.length === 0) return { raster, faces: [] };
  const { crop: geometry } = generator.manifest;
  const places = found.map(({ points }) => alignFace(points, geometry));
  const madeOver = await makeOverPlaces(photo, places, generator, strength, onStage);
  const faces = madeOver.faces.map((face, i) => ({ ...(found[i] as Face), ...face }));
  return { raster: madeOver.raster, faces };
}

/**
 * Makes over faces whose places in the photo are known: the part of `makeOver` after detection.
 *
 * @param places from photo px to crop px, one for each face, the frontmost first
 * @param strength share of the generator's change, 0 to 1
 * @throws Error when the model's answer does not match its manifest
 */
export async function makeOverPlaces(
  photo: Photo,
  places: readonly Similarity[],
  generator: LoadedGenerator,
  strength: number,
  onStage?: MakeoverOptions['onStage'],
): Promise<PlacedMakeover> {
  const { raster } = photo;
  const faces = await changeFaces(photo, places, generator, onStage);
  onStage?.('blend');
  // Under a mask that covers another one, blending needs the photo's own pixels too.
  const isOverwritten =
    photo.isDisposable === true && !haveOverlap(raster, places, generator.manifest.crop);
  // A Buffer's own slice() would share its memory.
  const result = isOverwritten ? raster : { ...raster, data: new Uint8Array(raster.data) };
  // The largest face is most likely in front: it comes last.
  for (const { change } of faces.toReversed()) {
    blendFace(raster, result, change, generator.manifest.crop, strength);
  }
  return { raster: result, faces };
}

/** A face's change in the photo's own values, with what the generator was given and answered. */
export interface ChangedFace extends CropPair {
  readonly change: FaceChange;
}

/**
 * What the generator would change in faces whose places in the photo are known: the part of
 * `makeOverPlaces` before blending, so that one run serves every strength and size.
 *
 * @param places from photo px to crop px, one for each face
 * @throws Error when the model's answer does not match its manifest
 */
export async function changeFaces(
  { raster, profile }: Photo,
  places: readonly Similarity[],
  generator: LoadedGenerator,
  onStage?: MakeoverOptions['onStage'],
): Promise<ChangedFace[]> {
  const { width, height } = generator.manifest.crop;
  onStage?.('infer');
  const sampled = places.map((photoToCrop) => warp(raster, photoToCrop, width, height));
  const crops = sampled.map((crop) => (profile === undefined ? crop : profile.toSrgb(crop)));
  const answers = await generateFaces(crops, generator);
  return answers.map(({ image, residual }, i) => {
    const crop = crops[i] as Raster;
    const change = profile === undefined ? residual : mapChange(crop, residual, profile);
    return {
      crop,
      result: image,
      change: { photoToCrop: places[i] as Similarity, crop: sampled[i] as Raster, change },
    };
  });
}

/** A change of sRGB levels as a change of the photo's own values. */
function mapChange(crop: Raster, residual: Float32Array, profile: ColorProfile): Float32Array {
  const before = profile.fromSrgb(Float32Array.from(crop.data));
  const after = profile.fromSrgb(residual.map((value, i) => (crop.data[i] as number) + value));
  return after.map((value, i) => value - (before[i] as number));
}

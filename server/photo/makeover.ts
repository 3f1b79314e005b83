import { parseColorProfile } from '../../models/contract/color-profile.ts';
import { UnknownFaceError } from '../../models/contract/face.ts';
import {
  type MadeOverFace,
  type Makeover,
  type MakeoverModels,
  makeOver,
  type Photo,
} from '../../models/contract/pipeline.ts';
import type { Raster } from '../../models/contract/raster.ts';
import type { LoadedModels } from '../models/model-set.ts';
import { ProblemError } from '../problem.ts';
import { decodePhoto } from './decode.ts';
import { encodePhoto } from './encode.ts';
import { measureChange } from './face-change.ts';
import { resultFormatOf } from './formats.ts';
import type { MakeoverJob, MakeoverResult } from './job.ts';
import { Stopwatch } from './stopwatch.ts';

/**
 * The whole way of one photo: decode, make the faces over, encode.
 *
 * @param onStage called when a stage begins; what it throws ends the work
 * @throws ProblemError for everything that is wrong with the photo or the request
 */
export async function makeOverPhoto(
  job: MakeoverJob,
  models: LoadedModels,
  onStage: () => void = () => {},
): Promise<MakeoverResult> {
  const generator = models.generators.get(job.model);
  const { detector } = models;
  if (detector === undefined || generator === undefined) {
    throw new ProblemError('MODEL_NOT_READY', `the model ${job.model} is not loaded`);
  }
  const watch = new Stopwatch('decode', onStage);
  const photo = await decodePhoto(job.file, job);
  const profile = photo.icc && parseColorProfile(photo.icc);
  const upright = { raster: photo.raster, profile, isDisposable: true };
  const { raster, faces } = await makeFacesOver(upright, { detector, generator }, job, watch);
  const [largest] = faces;
  if (largest === undefined) {
    throw new ProblemError(
      'NO_FACE_FOUND',
      'no face was found: send a photo in which a face is seen from the front and is not too small',
    );
  }
  watch.enter('encode');
  const { output, quality } = job;
  const format = job.format ?? (output === 'face' ? 'png' : resultFormatOf(photo.format));
  const file =
    output === 'face'
      ? await encodePhoto(blendFace(largest, job.strength), format, { ...FACE_ENCODING, quality })
      : await encodePhoto(raster, format, { ...photo, quality });
  const plainFaces = faces.map(({ id, box, points, score }) => ({ id, box, points, score }));
  const change = measureChange(faces);
  return { kind: 'makeover', file, format, faces: plainFaces, change, timingsMs: watch.stop() };
}

async function makeFacesOver(
  photo: Photo,
  models: MakeoverModels,
  { strength, faces, maxFaces }: MakeoverJob,
  watch: Stopwatch,
): Promise<Makeover> {
  const onStage = (stage: string): void => watch.enter(stage);
  try {
    return await makeOver(photo, models, { strength, faces, maxFaces, onStage });
  } catch (error) {
    if (!(error instanceof UnknownFaceError)) throw error;
    throw new ProblemError(
      'FACE_NOT_FOUND',
      `${error.message}; POST /v1/faces shows where they are`,
    );
  }
}

/** The generator's answer is in sRGB, whatever the photo is in. */
const FACE_ENCODING = {
  icc: undefined,
  chromaSubsampling: '4:4:4',
  jpegQuality: undefined,
  isLossless: true,
} as const;

/** The face at the generator's size, from the crop (strength 0) to what it answered (1). */
function blendFace({ crop, result }: MadeOverFace, strength: number): Raster {
  const data = crop.data.map((before, i) =>
    Math.round(before + strength * ((result.data[i] ?? before) - before)),
  );
  return { ...crop, data };
}

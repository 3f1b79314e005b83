import type { FaceView } from '../../models/contract/api.ts';
import { parseColorProfile } from '../../models/contract/color-profile.ts';
import { type MadeOverFace, makeOver } from '../../models/contract/pipeline.ts';
import type { Raster } from '../../models/contract/raster.ts';
import type { LoadedModels } from '../models/load.ts';
import { ProblemError } from '../problem.ts';
import { decodePhoto } from './decode.ts';
import { encodePhoto } from './encode.ts';
import { type ImageFormat, resultFormatOf, sniffFormat } from './formats.ts';
import type { PhotoJob, PhotoResult } from './job.ts';

/**
 * The whole way of one photo: decode, make the faces over, encode.
 *
 * @param onStage called when a stage begins; what it throws ends the work
 * @throws ProblemError for everything that is wrong with the photo or the request
 */
export async function makeOverPhoto(
  job: PhotoJob,
  models: LoadedModels,
  onStage: () => void = () => {},
): Promise<PhotoResult> {
  const generator = models.generators.get(job.model);
  const { detector } = models;
  if (detector === undefined || generator === undefined) {
    throw new ProblemError('MODEL_NOT_READY', `the model ${job.model} is not loaded`);
  }
  const watch = new Stopwatch('decode', onStage);
  const format = chooseFormat(job);
  const photo = await decodePhoto(job.file, job, format === 'avif');
  const profile = photo.icc && parseColorProfile(photo.icc);
  const { raster, faces } = await makeOver(
    { raster: photo.raster, profile },
    { detector, generator },
    {
      strength: job.strength,
      faces: job.faces,
      maxFaces: job.maxFaces,
      onStage: (stage) => watch.enter(stage),
    },
  );
  const [largest] = faces;
  if (largest === undefined) {
    throw new ProblemError(
      'NO_FACE_FOUND',
      'no face was found: send a photo in which a face is seen from the front and is not too small',
    );
  }
  watch.enter('encode');
  const file =
    job.output === 'face'
      ? await encodePhoto(blendFace(largest, job.strength), format, FACE_ENCODING)
      : await encodePhoto(raster, format, photo);
  return { file, format, faces: faces.map(viewFace), timingsMs: watch.stop() };
}

/** The generator's answer is in sRGB, whatever the photo is in. */
const FACE_ENCODING = {
  icc: undefined,
  chromaSubsampling: '4:4:4',
  jpegQuality: undefined,
  isLossless: true,
} as const;

function chooseFormat({ file, format, output }: PhotoJob): ImageFormat {
  if (format !== undefined) return format;
  const found = sniffFormat(file);
  // An unknown format is refused by the decoder, with its reason.
  return output === 'face' || found === undefined ? 'png' : resultFormatOf(found);
}

/** The face at the generator's size, from the crop (strength 0) to what it answered (1). */
function blendFace({ crop, result }: MadeOverFace, strength: number): Raster {
  const data = crop.data.map((before, i) =>
    Math.round(before + strength * ((result.data[i] ?? before) - before)),
  );
  return { ...crop, data };
}

function viewFace({ box, points, score }: MadeOverFace, id: number): FaceView {
  return { id, box, ...points, score };
}

/** Milliseconds of one stage after the other. */
class Stopwatch {
  readonly #timingsMs: Record<string, number> = {};
  readonly #onStage: () => void;
  #stage: string;
  #startMs = performance.now();

  constructor(firstStage: string, onStage: () => void) {
    this.#stage = firstStage;
    this.#onStage = onStage;
  }

  enter(stage: string): void {
    const nowMs = performance.now();
    this.#timingsMs[this.#stage] = nowMs - this.#startMs;
    this.#startMs = nowMs;
    this.#stage = stage;
    this.#onStage();
  }

  stop(): Readonly<Record<string, number>> {
    this.#timingsMs[this.#stage] = performance.now() - this.#startMs;
    return this.#timingsMs;
  }
}

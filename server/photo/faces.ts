import type { FaceView } from '../../models/contract/api/faces.ts';
import { parseColorProfile } from '../../models/contract/color-profile.ts';
import { detectFaces } from '../../models/contract/detector.ts';
import type { Face } from '../../models/contract/face.ts';
import type { Photo } from '../../models/contract/pipeline.ts';
import { measureQuality } from '../../models/contract/quality.ts';
import type { LoadedModels } from '../models/model-set.ts';
import { ProblemError } from '../problem.ts';
import { decodePhoto } from './decode.ts';
import type { FacesJob, FacesResult } from './job.ts';
import { Stopwatch } from './stopwatch.ts';

/**
 * Finds the faces of a photo and how well each is seen.
 *
 * @param onStage called when a stage begins; what it throws ends the work
 * @throws ProblemError for everything that is wrong with the photo
 */
export async function findPhotoFaces(
  job: FacesJob,
  { detector }: Pick<LoadedModels, 'detector'>,
  onStage: () => void = () => {},
): Promise<FacesResult> {
  if (detector === undefined) {
    throw new ProblemError('MODEL_NOT_READY', 'the face detector is not loaded');
  }
  const watch = new Stopwatch('decode', onStage);
  const { raster, icc } = await decodePhoto(job.file, job);
  const photo = { raster, profile: icc && parseColorProfile(icc) };
  watch.enter('detect');
  const found = await detectFaces(raster, detector, job.maxFaces, photo.profile);
  const faces = found.map((face) => viewFace(face, photo));
  const { width, height } = raster;
  return { kind: 'faces', width, height, faces, timingsMs: watch.stop() };
}

function viewFace(face: Face, photo: Photo): FaceView {
  const { id, box, points, score } = face;
  return { id, box, ...points, score, quality: measureQuality(photo, face) };
}

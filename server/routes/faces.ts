import { type Response, Router } from 'express';
import type { FacesView } from '../../models/contract/api/faces.ts';
import { allowOnly } from '../errors.ts';
import { refuseParameters } from '../parameters.ts';
import { hashContent } from '../photo/content-hash.ts';
import type { ServiceContext } from '../service-context.ts';
import { answerPhoto, type PhotoRequest } from './photo-request.ts';

/** POST /v1/faces: a photo in, its faces out, with ids that POST /v1/makeover takes. */
export function facesRoute(context: ServiceContext): Router {
  const router = Router();
  router
    .route('/v1/faces')
    .post((request, response) => {
      refuseParameters(request.query);
      return answerPhoto(context, request, response, (photo) => answer(context, photo, response));
    })
    .all(allowOnly('POST'));
  return router;
}

async function answer(
  { config: { maxPixels, maxFaces } }: ServiceContext,
  photo: PhotoRequest,
  response: Response,
): Promise<void> {
  const { file, fields } = await photo.receive();
  refuseParameters(fields);
  const header = photo.readHeader(file);
  const job = { kind: 'faces', file, maxPixels, maxFaces } as const;
  const contentHash = await hashContent(file);
  const result = await photo.run(job, { header, contentHash, faces: 'all' });
  const { width, height, faces } = result;
  const view: FacesView = { width, height, faces };
  response.set({ 'Cache-Control': 'no-store', 'Server-Timing': photo.timings(result) }).json(view);
}

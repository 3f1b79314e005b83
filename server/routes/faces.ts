import { type Request, type Response, Router } from 'express';
import type { FacesView } from '../../models/contract/api.ts';
import { allowOnly } from '../errors.ts';
import { refuseParameters } from '../parameters.ts';
import type { ServiceContext } from '../service-context.ts';
import { receiveUpload } from '../upload.ts';
import { formatTimings, readHeader, runJob, withPlace } from './photo-request.ts';

/** POST /v1/faces: a photo in, its faces out, with ids that POST /v1/makeover takes. */
export function facesRoute(context: ServiceContext): Router {
  const router = Router();
  router
    .route('/v1/faces')
    .post((request, response) => {
      refuseParameters(request.query);
      return withPlace(context, () => answer(context, request, response));
    })
    .all(allowOnly('POST'));
  return router;
}

async function answer(
  context: ServiceContext,
  request: Request,
  response: Response,
): Promise<void> {
  const startMs = performance.now();
  const { file, fields } = await receiveUpload(request, response, context.config);
  const uploadMs = performance.now() - startMs;
  refuseParameters(fields);
  const header = readHeader(context, file);
  const { maxPixels, maxFaces } = context.config;
  const job = { kind: 'faces', file, maxPixels, maxFaces } as const;
  const result = await runJob(context, response, job, header);
  const { width, height, faces } = result;
  const view: FacesView = { width, height, faces };
  response.locals.faces = faces.length;
  response
    .set({ 'Cache-Control': 'no-store', 'Server-Timing': formatTimings(uploadMs, result) })
    .json(view);
}

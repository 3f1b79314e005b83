import { Router } from 'express';
import type { InfoView, ModelsView } from '../../models/contract/api.ts';
import { allowOnly } from '../errors.ts';
import { IMAGE_FORMATS, mediaTypeOf, PHOTO_FORMATS } from '../photo/formats.ts';
import { isReady, type ServiceContext } from '../service-context.ts';

/** GET /v1/models, /v1/info and /healthz: what is served, and whether it is. */
export function infoRoutes(context: ServiceContext): Router {
  const { config, registry, version } = context;
  const router = Router();
  router
    .route('/v1/models')
    .get((_request, response) => {
      const view: ModelsView = { models: registry.views };
      response.json(view);
    })
    .all(allowOnly('GET'));
  router
    .route('/v1/info')
    .get((_request, response) => {
      const { maxUploadBytes, maxPixels, maxFaces, timeoutMs } = config;
      const view: InfoView = {
        version,
        provider: registry.provider ?? 'loading',
        limits: { maxUploadBytes, maxPixels, maxFaces, timeoutMs },
        inputTypes: PHOTO_FORMATS.map(mediaTypeOf),
        outputTypes: IMAGE_FORMATS.map(mediaTypeOf),
      };
      response.json(view);
    })
    .all(allowOnly('GET'));
  router
    .route('/healthz')
    .get((_request, response) => {
      const ready = isReady(context);
      response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready' });
    })
    .all(allowOnly('GET'));
  return router;
}

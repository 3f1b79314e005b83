import { Router } from 'express';
import type { InfoView } from '../../models/contract/api/service.ts';
import { allowOnly } from '../errors.ts';
import { queueState, serviceState } from '../health/service-state.ts';
import { IMAGE_FORMATS, mediaTypeOf } from '../photo/formats.ts';
import type { ServiceContext } from '../service-context.ts';
import { describePrivacy } from './privacy.ts';

/** GET /v1/info and /healthz: what is served, and whether it is. */
export function infoRoutes(context: ServiceContext): Router {
  const router = Router();
  router
    .route('/v1/info')
    .get((_request, response) => {
      response.set('Cache-Control', 'no-cache').json(viewInfo(context));
    })
    .all(allowOnly('GET'));
  router
    .route('/healthz')
    .get((_request, response) => {
      const state = serviceState(context);
      response.status(state === 'ready' ? 200 : 503).json({ status: state });
    })
    .all(allowOnly('GET'));
  return router;
}

function viewInfo(context: ServiceContext): InfoView {
  const { config, registry, version } = context;
  const { maxUploadBytes, maxPixels, maxFaces, timeoutMs } = config;
  return {
    version,
    state: serviceState(context),
    queue: queueState(context),
    provider: registry.provider ?? 'loading',
    ...(registry.providerReason !== undefined && { providerReason: registry.providerReason }),
    models: registry.views,
    limits: { maxUploadBytes, maxPixels, maxFaces, timeoutMs },
    inputTypes: context.pool.inputFormats.map(mediaTypeOf),
    outputTypes: IMAGE_FORMATS.map(mediaTypeOf),
    access: {
      needsKey: config.apiKeys.length > 0,
      ...(config.pixelsPerMinute > 0 && { megapixelsPerMinute: config.pixelsPerMinute / 1e6 }),
    },
    privacy: describePrivacy(
      config.cacheBytes,
      config.maxDataBytes === 0 ? 0 : config.resultTtlMs / 1000,
    ),
  };
}

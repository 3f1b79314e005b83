import express, { type Express } from 'express';
import { identifyClient } from './access/client.ts';
import { allowOrigins } from './access/cors.ts';
import { requireApiKey } from './access/keys.ts';
import { handleErrors, notFound } from './errors.ts';
import { guardHostAndOrigin, refuseCodings } from './guards.ts';
import { countRequests } from './health/request-metrics.ts';
import { pageFolder, securityHeaders, servePage } from './page.ts';
import { logRequests } from './request-log.ts';
import { batchEventsRoute } from './routes/batch-events.ts';
import { batchResultRoutes } from './routes/batch-results.ts';
import { batchRoutes } from './routes/batches.ts';
import { docsRoutes } from './routes/docs.ts';
import { facesRoute } from './routes/faces.ts';
import { inferenceProtocolRoutes } from './routes/inference-protocol.ts';
import { infoRoutes } from './routes/info.ts';
import { makeoverRoute } from './routes/makeover.ts';
import { modelRoutes } from './routes/models.ts';
import type { ServiceContext } from './service-context.ts';

/** The public service: routes and what surrounds them. Listens nowhere yet. */
export function createApp(context: ServiceContext): Express {
  const { config, logger } = context;
  const app = express();
  app.disable('x-powered-by');
  // Hashing every result would cost more than it saves: results are not asked for again.
  app.disable('etag');
  app.set('trust proxy', config.trustedProxies);
  app.use(logRequests(logger));
  app.use(countRequests(context.metrics));
  app.use(securityHeaders());
  app.use(guardHostAndOrigin(config));
  app.use(refuseCodings);
  app.use(allowOrigins(config.corsOrigins));
  app.use(identifyClient(config.apiKeys));
  app.use(['/v1', '/v2'], requireApiKey(config.apiKeys));
  app.post(['/v1/makeover', '/v1/faces'], context.pixelBudget.requireSome);
  app.use(makeoverRoute(context));
  app.use(facesRoute(context));
  app.use(batchRoutes(context));
  app.use(batchEventsRoute(context));
  app.use(batchResultRoutes(context));
  app.use(infoRoutes(context));
  app.use(modelRoutes(context));
  app.use(inferenceProtocolRoutes(context));
  app.use(docsRoutes(context));
  app.use(servePage(pageFolder()));
  app.use(notFound);
  app.use(handleErrors(logger));
  return app;
}

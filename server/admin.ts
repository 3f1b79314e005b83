import express, { type Express } from 'express';
import { requireAdminKey } from './access/keys.ts';
import { handleErrors, notFound } from './errors.ts';
import { guardHostAndOrigin, refuseCodings } from './guards.ts';
import { countRequests } from './health/request-metrics.ts';
import { healthRoutes } from './health/routes.ts';
import { securityHeaders } from './page.ts';
import { logRequests } from './request-log.ts';
import { adminModelRoutes } from './routes/admin-models.ts';
import type { ServiceContext } from './service-context.ts';

/** The operator's port: is the process alive, and would a photo be made over now? */
export function createAdminApp(context: ServiceContext): Express {
  const { config, logger } = context;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(logRequests(logger.child({ port: 'admin' }, { level: 'warn' })));
  app.use(countRequests(context.metrics));
  app.use(securityHeaders());
  // The operator's port is for no page of another site, whatever the public one allows.
  app.use(guardHostAndOrigin({ ...config, corsOrigins: [] }));
  app.use(refuseCodings);
  app.use('/admin', requireAdminKey(config.adminKey));
  app.use(healthRoutes(context));
  app.use(adminModelRoutes(context));
  app.use(notFound);
  app.use(handleErrors(logger));
  return app;
}

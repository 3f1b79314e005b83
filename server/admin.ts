import express, { type Express } from 'express';
import { requireAdminKey } from './access/keys.ts';
import { allowOnly, handleErrors, notFound } from './errors.ts';
import { guardHostAndOrigin, refuseCodings } from './guards.ts';
import { serviceState } from './health/service-state.ts';
import { securityHeaders } from './page.ts';
import { logRequests } from './request-log.ts';
import type { ServiceContext } from './service-context.ts';

/** The operator's port: is the process alive, and would a photo be made over now? */
export function createAdminApp(context: ServiceContext): Express {
  const { config, logger, registry } = context;
  const app = express();
  app.disable('x-powered-by');
  app.use(logRequests(logger.child({ port: 'admin' }, { level: 'warn' })));
  app.use(securityHeaders());
  // The operator's port is for no page of another site, whatever the public one allows.
  app.use(guardHostAndOrigin({ ...config, corsOrigins: [] }));
  app.use(refuseCodings);
  app.use('/admin', requireAdminKey(config.adminKey));
  app
    .route('/livez')
    .get((_request, response) => {
      response.json({ status: 'alive' });
    })
    .all(allowOnly('GET'));
  app
    .route('/readyz')
    .get((_request, response) => {
      const state = serviceState(context);
      response.status(state === 'ready' ? 200 : 503).json({
        status: state,
        provider: registry.provider ?? 'loading',
        served: registry.served,
        failed: registry.failed.map(({ name, version, reason }) => ({ name, version, reason })),
      });
    })
    .all(allowOnly('GET'));
  app.use(notFound);
  app.use(handleErrors(logger));
  return app;
}
